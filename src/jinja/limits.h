// jinja/limits.h - how much a template may do.
//
// Units      A step is a node of the tree, an item of a loop, or 64 bytes of text made.
// Threads    value
#pragma once

#include <cstddef>
#include <cstdint>

namespace slipway::jinja {

inline constexpr std::size_t kTemplateBytesMax = 1u << 20;
inline constexpr int kExpressionDepthMax = 100;  // brackets, signs and `not` inside each other
inline constexpr int kTreeDepthMax = 400;        // also a + b + c + ..
inline constexpr int kStatementDepthMax = 64;    // tags inside each other
inline constexpr int kNestingMax = 800;          // expressions and bodies inside each other while it runs
inline constexpr std::int64_t kRangeMax = 100'000;

struct Limits {
  std::uint64_t steps = 20'000'000;
  std::size_t output_bytes = 64u << 20;
  std::size_t memory_bytes = 256u << 20;  // of values alive at one time
  int depth = 180;  // macros and recursive loops inside each other, values inside values
};

}  // namespace slipway::jinja
