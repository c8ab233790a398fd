// card/card_test_support.h - facts and cards for the tests of this floor.
//
// Threads    value
#pragma once

#include <map>
#include <string>
#include <vector>

#include "card/card.h"

namespace slipway::card {

CardFacts chat_model();
CardFacts adapter();

// What tools/make_cards.py let the libraries write: "v5/trl-dpo.md" -> text.
std::map<std::string, std::string> golden_cards();
std::string trl_card();
std::string transformers_card();
std::string peft_card();
std::vector<std::string> many_cards();  // people's, generated, broken, with Windows line ends

CardOutcome written(const CardFacts& facts, std::optional<std::string_view> existing = std::nullopt);
std::vector<std::string> codes(const CardOutcome& card);

}  // namespace slipway::card
