// transform/named_dtype.h - the float type that a config.json names as the model's.
//
// Contract   "bfloat16" of the first level that names one, the text levels before the top; older files write
//            "torch.bfloat16", and torch_dtype for dtype. nullopt where there is none, or another word.
// Threads    value
#pragma once

#include <optional>

#include "slipway/dtype.h"
#include "slipway/json.h"

namespace slipway::transform {

std::optional<tensor::Dtype> named_dtype(const json::Value& config);

}  // namespace slipway::transform
