// transform/merge/adapter_keys.h - what an adapter's tensor is, by its name, and of which module.
//
// Contract   Pure, by name. The adapter's own name, which a training's state still holds
//            ("lora_A.default.weight"), goes.
// Threads    value
// Source     peft save_and_load.py, tuners/lora/model.py
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace slipway::transform {

enum class KeyRole : std::uint8_t {
  kLoraA,
  kLoraB,
  kLoraBias,
  kEmbeddingA,
  kEmbeddingB,
  kMagnitude,   // of DoRA
  kTokenRows,   // whole rows of the embeddings
  kFullTensor,  // replaces the base's
  kIgnored,     // of training, nothing of the weight
  kOriginal,    // what peft keeps of the module before it was trained
  kUnknown,
};

struct AdapterKey {
  KeyRole role = KeyRole::kUnknown;
  std::string module{};     // "model.layers.0.self_attn.q_proj"
  std::string parameter{};  // of a full tensor: "weight", "bias"
  int depth = 0;            // wrappers around it: 1 for "...experts.base_layer.lora_A.weight"
};

AdapterKey parse_adapter_key(std::string_view name);

// The name under which peft saves the tensor, and finds it again: without the adapter's own. Any other name
// stays.
std::string saved_name(std::string_view name);

// Whether a name is that, or ends with it behind a dot.
bool is_last_part(std::string_view name, std::string_view part);

}  // namespace slipway::transform
