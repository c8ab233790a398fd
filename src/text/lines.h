// text/lines.h - a text as its lines.
//
// Threads    value
#pragma once

#include <string_view>
#include <vector>

namespace slipway::text {

// Without their ends ("\n" or "\r\n"); they point into `text`.
std::vector<std::string_view> lines_of(std::string_view text);

}  // namespace slipway::text
