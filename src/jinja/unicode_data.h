// jinja/unicode_data.h - the Unicode tables that Python's string methods follow.
//
// Source     tools/unicode_tables.py, from Python 3.11's unicodedata
// Threads    immutable
#pragma once

#include <cstdint>
#include <span>

namespace slipway::jinja {

enum UnicodeFlag : std::uint16_t {
  kPrintable = 1 << 0,
  kAlpha = 1 << 1,
  kDecimal = 1 << 2,
  kDigit = 1 << 3,
  kNumeric = 1 << 4,
  kLower = 1 << 5,
  kUpper = 1 << 6,
  kTitle = 1 << 7,
  kSpace = 1 << 8,
  kNameStart = 1 << 9,
  kNameFollow = 1 << 10,
  kCaseIgnorable = 1 << 11
};

struct Run {  // of code points with the same flags, up to the next run
  std::uint32_t first;
  std::uint16_t flags;
};
struct CaseMapping {
  std::uint32_t from;
  std::uint32_t to[3];  // 0 where there is no more
};
using CaseTable = std::span<const CaseMapping>;

extern const std::span<const Run> runs;
extern const CaseTable lower_mappings;
extern const CaseTable upper_mappings;
extern const CaseTable title_mappings;  // where they are not upper_mappings'
extern const CaseTable casefold_mappings;

}  // namespace slipway::jinja
