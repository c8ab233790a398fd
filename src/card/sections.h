// card/sections.h - the Markdown of each part of a card, from facts alone.
//
// Contract   Facts are clean: ids are Hub ids, see clean_facts. A part without anything to say is empty.
// Threads    value
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "card/card.h"
#include "card/regions.h"

namespace slipway::card {

// Without ids that the Hub does not accept, without unknown licences and languages; each is a warning.
CardFacts clean_facts(const CardFacts& facts, std::vector<model::Warning>& warnings);

// In the order in which they stand. `has_title`: people's text has a first-level heading already.
// `shows_curve`: the picture of the losses lies beside the card.
std::vector<Region> regions_of(const CardFacts& facts, bool has_title, bool shows_curve);

// The parts that say how training went; absent where nothing is known now.
std::optional<std::string> evaluation(const TrainingFacts& facts);
std::optional<std::string> data_sets(const TrainingFacts& facts);
std::optional<std::string> progress(const TrainingFacts& facts, bool shows_curve);
std::string hyper_parameters(const TrainingFacts& facts);
std::string versions(const TrainingFacts& facts);

std::string engine_snippets(const CardFacts& facts);
std::string quick_start(const CardFacts& facts);  // "" where no snippet is known to run

}  // namespace slipway::card
