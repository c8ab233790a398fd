// transform/dequant/quantised_on_load.h - what transformers quantises when it loads a 16-bit model in 4 bits.
//
// Contract   Told by config.json and the tensors' names: the linear layers of a decoder's blocks, never
//            embeddings, heads, biases or norms. Where names do not tell for sure (experts, encoders, towers,
//            Conv1D) it is refused by name, because a wrong guess would be a wrong base.
// Errors     kUnsupported, kCorruptData, naming the key or the tensor
// Threads    value
// Source     docs/format/quantised.md
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "slipway/json.h"
#include "slipway/tensor_source.h"
#include "transform/dequant/four_bit.h"

namespace slipway::transform {

struct OnLoadSettings {
  FourBitType type = FourBitType::kNf4;
  bool nested = false;                                     // bnb_4bit_use_double_quant
  std::optional<std::vector<std::string>> skip_modules{};  // llm_int8_skip_modules; absent: the default ones
  std::optional<tensor::Dtype> load_dtype{};               // weights are cast to it first; absent: as stored
};

// From a config.json that a 4-bit training left (its `quantization_config`). `load_dtype` is not in
// it: the caller knows what the recipe loaded the model in.
Result<OnLoadSettings> on_load_settings(const json::Value& config);

// Of each tensor: whether it is quantised.
Result<std::vector<bool>> quantised_on_load(std::span<const tensor::TensorInfo> catalogue,
                                            const OnLoadSettings& settings);

}  // namespace slipway::transform
