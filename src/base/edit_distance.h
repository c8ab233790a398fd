// base/edit_distance.h - finds what was probably meant, for suggestions on typos.
//
// Threads    value
#pragma once

#include <optional>
#include <span>
#include <string_view>

namespace slipway {

// The candidate nearest to `word`, when it is near enough to be worth saying.
std::optional<std::string_view> nearest(std::string_view word, std::span<const std::string_view> candidates);

}  // namespace slipway
