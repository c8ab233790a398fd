// transform/dequant/dequantised.h - a source whose 4-bit weights of bitsandbytes are plain floats again.
//
// Contract   Exactly what bitsandbytes multiplies with: each step in 32 bits, rounded once to the type that
//            the weight's state names. The tensors of the states leave the catalogue; all others pass as they
//            are. The states are read at once, codes and scales when they are asked for.
// Limits     memory: under 1 MiB a read, and two maps a weight
// Errors     kCorruptData and kUnsupported, naming the tensor
// Threads    share freely
// Source     docs/format/quantised.md
#pragma once

#include <memory>

#include "slipway/json.h"
#include "slipway/tensor_source.h"

namespace slipway::transform {

// `config`: the model's config.json, null where there is none. Refused by name: a source without 4-bit
// weights, LLM.int8, and models of Conv1D, whose weights are transposed when they are quantised.
Result<std::shared_ptr<const tensor::TensorSource>> dequantised(
    std::shared_ptr<const tensor::TensorSource> source, const json::Value& config);

// Models whose linear layers are Conv1D, stored [in, out]: what quantises them transposes them.
bool is_of_conv1d(const json::Value& config);

}  // namespace slipway::transform
