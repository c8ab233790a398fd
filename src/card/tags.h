// card/tags.h - the tags of a card: ours first, in one order, then what was there.
//
// Contract   alignment-handbook, trl and its algorithm, generated_from_trainer, those of an adapter,
//            --tag, then the card's others as they stood. No repeats. Giving the result as `existing`
//            gives it back.
// Threads    value
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "card/card.h"

namespace slipway::card {

std::vector<std::string> card_tags(const CardFacts& facts, const std::vector<std::string>& existing);

// Those of a card of ours, which people may have put into another order or taken some out of: that stays.
// What is asked for by name is there, what is not true any more goes. `base_is_new`: the card named another
// base.
std::vector<std::string> renewed_tags(const CardFacts& facts, const std::vector<std::string>& existing,
                                      bool base_is_new);

// Of a generated card's tags, those that a new card keeps; sorted, since trl writes them in random order.
std::vector<std::string> trainer_tags(std::vector<std::string> tags);

// "sft" among trl's tags; "" when none is known.
std::string trainer_among(const std::vector<std::string>& tags);
std::string trainer_named(std::string_view name);     // "online-dpo" of "Online DPO"; "" when unknown
std::string_view trainer_name(std::string_view tag);  // the way back; an unknown tag as it is

}  // namespace slipway::card
