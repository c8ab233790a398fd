// card/hub_values_data.h - the tables behind hub_values.h, made by tools/make_hub_values.py.
//
// Threads    value
#pragma once

#include <span>
#include <string_view>

namespace slipway::card {

std::span<const std::string_view> license_ids();           // in the Hub's order
std::span<const std::string_view> pipeline_tag_ids();      // in the Hub's order
std::span<const std::string_view> short_language_codes();  // sorted
std::string_view long_language_codes();                    // sorted, three letters each, no gaps

}  // namespace slipway::card
