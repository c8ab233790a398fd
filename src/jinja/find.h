// jinja/find.h - one text in another, in linear time whatever they are.
//
// Threads    value
#pragma once

#include <string_view>

namespace slipway::jinja {

// As std::string_view::find and rfind, for a needle that may be hostile.
std::size_t find_text_in(std::string_view text, std::string_view needle, std::size_t from = 0);
std::size_t find_last_in(std::string_view text, std::string_view needle);

}  // namespace slipway::jinja
