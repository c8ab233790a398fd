// pickle/cursor.h - the bytes of a pickle, taken from the front.
//
// Contract   Nothing is taken that is not there.
// Errors     kCorruptData
// Threads    one thread
#pragma once

#include <bit>

#include "pickle/graph.h"
#include "slipway/result.h"

namespace slipway::pickle {

class Cursor {
 public:
  explicit Cursor(std::string_view input) : input_(input) {}

  std::size_t at() const { return at_; }
  std::string_view input() const { return input_; }
  std::size_t left() const { return input_.size() - at_; }

  Result<Place> take(std::uint64_t size) {
    if (size > left()) return fail(ErrorCode::kCorruptData, "its operand runs past the end");
    const Place place{static_cast<std::uint32_t>(at_), static_cast<std::uint32_t>(size)};
    at_ += static_cast<std::size_t>(size);
    return place;
  }

  // Little-endian, `bytes` of them.
  Result<std::uint64_t> number(std::size_t bytes) {
    SLIPWAY_ASSIGN(const Place place, take(bytes));
    std::uint64_t value = 0;
    for (std::size_t i = bytes; i-- > 0;)
      value = value << 8U | static_cast<unsigned char>(input_[place.at + i]);
    return value;
  }

  // A counted operand of which the count has `bytes` bytes.
  Result<Place> counted(std::size_t bytes) {
    SLIPWAY_ASSIGN(const std::uint64_t size, number(bytes));
    return take(size);
  }

  Result<Place> line() {
    const auto end = input_.find('\n', at_);
    if (end == std::string_view::npos) return fail(ErrorCode::kCorruptData, "its line has no end");
    SLIPWAY_ASSIGN(const Place place, take(end - at_));
    ++at_;
    return place;
  }

 private:
  std::string_view input_;
  std::size_t at_ = 0;
};

}  // namespace slipway::pickle
