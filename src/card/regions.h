// card/regions.h - the fenced parts of a card's body that are ours, inside a text that is not.
//
// Contract   A region is a line `<!-- slipway:begin NAME -->`, lines, and `<!-- slipway:end NAME -->`
//            with no other such mark between; a mark without its partner is plain text. Whatever
//            stands outside regions stays byte for byte, and so does what is in regions not known here.
// Threads    value
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::card {

struct Region {
  std::string name{};
  // "\n" line ends, none at its end. Empty: nothing to say, its fences stay where they are. Absent: what
  // stands there was known to an earlier card and is not known now, so it stays.
  std::optional<std::string> content{};
};

// `wanted` in the order in which missing ones are put in: after the one before it, else before the one
// after it, else at the end of the text.
std::string renew_regions(std::string_view body, const std::vector<Region>& wanted,
                          std::string_view line_end);

// What stands in the first region of that name, "\n" line ends.
std::optional<std::string> region_text(std::string_view body, std::string_view name);
bool has_region(std::string_view body);
std::string outside_regions(std::string_view body);  // what people wrote

}  // namespace slipway::card
