// release/names_check.h - does a model hold every tensor that its class looks for, under the class's own
// names?
//
// Contract   Headers and config.json only, for language models of those classes of transformers whose layers
//            are all alike and whose names are written down here; all others pass. A loader fills what it
//            does not find with random values and says so in a line that is easily missed.
// Limits     100,000 layers
// Errors     kCorruptData naming the first tensor that is not there, or that has not the model's width
// Threads    value
// Source     transformers modeling_{llama,mistral,qwen2,qwen3,gemma,gemma2,gemma3,phi3}.py
#pragma once

#include <span>

#include "slipway/json.h"
#include "slipway/tensor_source.h"

namespace slipway::release {

Result<void> check_names(std::span<const tensor::TensorInfo> catalogue, const json::Value& config);

}  // namespace slipway::release
