// text/line_diff.h - how one text became another, line by line, to be shown to a person.
//
// Contract   Lines in order: "  " both have it, "- " only `before`, "+ " only `after`; of equal lines no more
//            than two stand around a change, and "..." for the others. Empty for equal texts.
// Limits     beyond 2,000 lines between the first and the last difference all of them count as changed;
//            `lines_max` lines are given, then how many were left out
// Threads    value
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace slipway::text {

std::string line_diff(std::string_view before, std::string_view after, std::size_t lines_max);

}  // namespace slipway::text
