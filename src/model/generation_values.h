// model/generation_values.h - values of generation_config.json that no decoding can use.
//
// Contract   A value is unusable when transformers 4 or 5 refuses to load or to use it, whatever the other
//            values are; values that only contradict each other are validity_rule.cc's.
// Source     transformers 4.57.6 and 5.24.0, generation/configuration_utils.py: __init__, validate
// Threads    value
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "model/file_edits.h"

namespace slipway::model {

struct Unusable {
  std::string key;
  std::string_view reason;
  bool refuses_file = false;  // one of the versions does not even load the file
};

std::vector<Unusable> unusable_values(const json::Value& generation);

// true and false, also as Python's 1 and 0; nullopt for anything else.
std::optional<bool> as_flag(const json::Value* value);

}  // namespace slipway::model
