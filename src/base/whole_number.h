// base/whole_number.h - a text that is one whole number and nothing else.
//
// Contract   Decimal digits, before them "-" where Integer has a sign; leading zeros are read. nullopt for
//            anything else, and for what Integer cannot hold.
// Threads    value
#pragma once

#include <charconv>
#include <optional>
#include <string_view>

namespace slipway {

template <class Integer>
std::optional<Integer> whole_number(std::string_view text) {
  Integer value = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (problem != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace slipway
