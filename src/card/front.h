// card/front.h - the front matter of a card from facts, over what stands there already.
//
// Contract   Keys: base_model, base_model_relation, datasets, language, library_name, license,
//            license_name, license_link, model-index, pipeline_tag,
//            tags, in that order where they are new. A fact
//            that is not known leaves what a person wrote; keys not named here are never touched.
// Threads    value
#pragma once

#include <string>
#include <vector>

#include "card/card.h"
#include "card/prior_facts.h"
#include "text/front_matter.h"

namespace slipway::card {

// Whose a front matter is: nobody's yet (none, or what salvaged_front kept of a generated card), a person's,
// or that of a card with our parts, in which a person may have changed what we wrote.
enum class Owner { kNobody, kPerson, kOurs };

// `facts` are clean. `prior`: what the card's parts told before.
Result<void> write_front(const CardFacts& facts, const PriorFacts& prior, Owner owner,
                         text::FrontMatter& front, std::vector<model::Warning>& warnings);

// Of a generated card's front matter: what no generator writes; of what they write licence, languages, data
// sets and tags, which are facts worth keeping where they are no constants of the generator, and the results
// that are not those `measured`.
text::FrontMatter salvaged_front(const text::FrontMatter& given, Generator generator,
                                 const std::vector<Metric>& measured);

// The same entries in the order that a new card has, then all others as they stand.
text::FrontMatter in_card_order(const text::FrontMatter& front);

// The strings of a string or list of strings; nothing else counts.
std::vector<std::string> texts_of(const yaml::Node* node);

}  // namespace slipway::card
