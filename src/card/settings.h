// card/settings.h - hyper-parameters and versions: which ones a card shows, and in which order.
//
// Contract   The order does not depend on where a setting came from, so that a later card without the
//            recipe is the same card.
// Threads    value
// Source     transformers training_args.py and modelcard.py, trl's configs, alignment-handbook configs.py
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "card/training_facts.h"

namespace slipway::card {

bool is_setting_key(std::string_view key);                   // a-z, 0-9 and _, at most 60
bool is_trainers_setting(std::string_view key);              // transformers' own cards list it
bool is_known_setting(std::string_view key);                 // a recipe's that a card shows
bool is_same_value(std::string_view a, std::string_view b);  // word for word, or the same number
// As a table shows it and as it is read back.
std::string shown_value(std::string_view value);

// Those that files tell, a recipe's, the trainer's arguments that say something, then `prior`: what an
// earlier card knew. The earlier in this list wins. With a recipe, what only recipes say is forgotten unless
// it says it again.
std::vector<Setting> settings_to_show(const TrainingFacts& facts, const std::vector<Setting>& prior);

std::string_view version_name(std::string_view name);  // "Pytorch": "PyTorch"; "" when not one we show
bool is_version(std::string_view text);                // "5.24.0", "2.13.0+cpu"
std::vector<Setting> versions_to_show(const TrainingFacts& facts, const std::vector<Setting>& prior);

}  // namespace slipway::card
