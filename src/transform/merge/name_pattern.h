// transform/merge/name_pattern.h - the regular expressions of rank_pattern and alpha_pattern, held against
// names.
//
// Contract   A key K means what Python's re.match(rf"(.*\.)?({K})$", name) means. Read: literals, `.`,
//            classes, \d \w \s and their opposites, groups, `|`, `* + ? {m,n}` (also lazy), `^`, `$`.
//            Everything else (lookaround, back-references, flags, possessive) is refused. Matching never goes
//            back: its time is the name's length times the program's.
// Limits     keys 4 KiB, 64 groups inside each other, programs kProgramMax steps
// Threads    value
// Errors     kUnsupported naming the key and what in it is not read
// Source     Python's re; peft get_pattern_key
#pragma once

#include <bitset>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "slipway/result.h"

namespace slipway::transform {

class NamePattern {
 public:
  static constexpr std::size_t kKeyBytesMax = 4096;
  static constexpr std::size_t kProgramMax = 8192;

  static Result<NamePattern> parse(std::string_view key);
  bool matches(std::string_view name) const;
  std::size_t steps() const {
    return plain_ ? 0 : steps_.size();
  }  // what matching costs, for each byte of a name

  using Set = std::bitset<256>;
  struct Step {
    enum class Kind : std::uint8_t { kByte, kSet, kSplit, kBegin, kEnd, kMatch };
    Kind kind = Kind::kMatch;
    std::size_t next = 0;
    std::size_t other = 0;  // of a split
    unsigned char byte = 0;
    std::size_t set = 0;
  };

 private:
  bool matches_plainly(std::string_view name) const;

  bool plain_ = false;  // literals and `.` alone: held against the end of a name
  std::string key_{};
  std::vector<Set> sets_{};
  std::vector<Step> steps_{};
  std::size_t start_ = 0;
};

}  // namespace slipway::transform
