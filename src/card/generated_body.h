// card/generated_body.h - whether a text holds only what one generator writes, line after line.
//
// Contract   A list item, a table or a citation counts as generated only where its name is one that the
//            generator knows, and only once: a second one is somebody's. So is any heading but the one that
//            the generator would write.
// Threads    value
#pragma once

#include <string>
#include <string_view>

#include "card/card.h"

namespace slipway::card {

// `name`: the model's in the front matter, "" when not said there.
bool is_generated_body(Generator generator, std::string_view body, std::string_view name);

}  // namespace slipway::card
