// card/sections.h - the Markdown of each part of a card, from facts alone.
//
// Contract   Facts are clean: ids are Hub ids, see clean_facts. A part without anything to say is empty.
// Threads    value
#pragma once

#include <string>
#include <vector>

#include "card/card.h"
#include "card/regions.h"

namespace slipway::card {

// Without ids that the Hub does not accept, without unknown licences and languages; each is a warning.
CardFacts clean_facts(const CardFacts& facts, std::vector<model::Warning>& warnings);

// In the order in which they stand. `has_title`: people's text has a first-level heading already.
std::vector<Region> regions_of(const CardFacts& facts, bool has_title);

std::string quick_start(const CardFacts& facts);  // "" where no snippet is known to run

}  // namespace slipway::card
