// model/adapter_names.h - what the names of an adapter's tensors say: its own, declared ones, the base's.
//
// Contract   Pure, by name. `is_own` knows the LoRA family only; other kinds of adapter are not judged.
// Source     peft, save_and_load.py
// Threads    value
#pragma once

#include <string>
#include <string_view>

#include "slipway/json.h"

namespace slipway::model {

// What peft puts before the names of the model that it wraps.
inline constexpr std::string_view kPeftPrefix = "base_model.model.";

// An adapter inside of an adapter: training wrapped a model that was wrapped already.
bool is_nested_adapter_name(std::string_view name);

// A tensor that an adapter may hold: the tuner's, a bias it trains, or of a module that the config declares.
// Embeddings also where it does not: peft saves them when it thinks that they have grown.
bool is_own_adapter_name(std::string_view name, const json::Value& adapter_config);

// A whole tensor of the base: its name there. "" for the tuner's own.
std::string name_in_base(std::string_view name);

}  // namespace slipway::model
