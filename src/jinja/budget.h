// jinja/budget.h - what a rendering may still spend.
//
// Contract   Whoever builds a text or a list asks for room first, so that nothing is allocated past the
//            limit; the object then holds its charge and gives it back when it dies, which is before the
//            budget does.
// Errors     kUnsupported naming the limit
// Threads    belongs to one rendering
#pragma once

#include <cstddef>
#include <cstdint>

#include "jinja/limits.h"
#include "slipway/result.h"

namespace slipway::jinja {

class Budget {
 public:
  explicit Budget(const Limits& limits) : limits_(limits), steps_(limits.steps) {}
  Budget(const Budget&) = delete;
  Budget& operator=(const Budget&) = delete;

  Result<void> step(std::uint64_t count = 1) {
    if (count > steps_) [[unlikely]]
      return too_long();
    steps_ -= count;
    return {};
  }
  // Asks for `bytes` that are about to be built, and pays for the time that takes.
  Result<void> room(std::size_t bytes) {
    if (bytes > limits_.memory_bytes - held_) [[unlikely]]
      return too_large();
    return step(bytes / 64);
  }
  // Whether a text that grew to `bytes` may be kept.
  Result<void> fits(std::size_t bytes) const {
    if (bytes > limits_.memory_bytes - held_) [[unlikely]]
      return too_large();
    return {};
  }
  void take(std::size_t bytes) {
    held_ = bytes > limits_.memory_bytes - held_ ? limits_.memory_bytes : held_ + bytes;
  }
  void release(std::size_t bytes) { held_ -= bytes < held_ ? bytes : held_; }
  const Limits& limits() const { return limits_; }
  // One level deeper into macros, values or brackets; leave() must follow when it succeeded.
  Result<void> enter() {
    if (depth_ >= limits_.depth) [[unlikely]]
      return too_deep();
    ++depth_;
    return {};
  }
  void leave() { --depth_; }
  Result<void> fits_depth(int depth) const {
    if (depth > limits_.depth) [[unlikely]]
      return too_deep();
    return {};
  }
  std::unexpected<Error> too_deep() const;

 private:
  std::unexpected<Error> too_long() const;
  std::unexpected<Error> too_large() const;
  Limits limits_;
  std::uint64_t steps_;
  std::size_t held_ = 0;
  int depth_ = 0;
};

// Leaves what Budget::enter entered.
class Level {
 public:
  explicit Level(Budget& budget) : budget_(budget) {}
  Level(const Level&) = delete;
  Level& operator=(const Level&) = delete;
  ~Level() { budget_.leave(); }

 private:
  Budget& budget_;
};

}  // namespace slipway::jinja
