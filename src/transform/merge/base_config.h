// transform/merge/base_config.h - what a merge must know of the base's config.json.
//
// Threads    value
// Source     transformers 5: integrations/moe.py (is_transposed), conversion_mapping.py
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "slipway/json.h"

namespace slipway::transform {

struct BaseConfig {
  bool tied = false;  // its embeddings
  // Whether transformers says of its stacked experts that they are [experts, in, out]; nullopt where the
  // model is not known here.
  std::optional<bool> experts_turned{};
  bool headless = false;   // its class has no output embeddings
  bool half_tied = false;  // one of its flags says tied and another does not: the file decides
  // The model type, where its class scales the decoder's outputs only as long as the embeddings are tied;
  std::string scaled_by_tie{};
  bool scale_is_said = false;  // or by a setting of its own, which transformers 4 does not know
};

BaseConfig base_config(const json::Value& config);

// Which way round the matrices of an adapter stand in a stack of square ones; nullopt: not known. peft before
// 0.19 took them as they are stored, since 0.20 it asks the module; between, it was something else.
std::optional<bool> experts_turned(std::string_view peft_version, const BaseConfig& of_base);

}  // namespace slipway::transform
