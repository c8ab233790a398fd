// transform/replicated_layers.h - a model whose layers are those of another, some of them several times.
//
// Contract   As peft's layer_replication has it: layer j of the view is the j-th of the ranges' layers. What
//            stands in no layer stays. Lazy: a view of the same tensors under other names.
// Errors     kCorruptData: a range that the model has no layers for; kUnsupported: names without layers
// Threads    value
// Source     peft tuners_utils.py replicate_layers
#pragma once

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "slipway/tensor_source.h"

namespace slipway::transform {

using LayerRanges = std::vector<std::pair<std::uint64_t, std::uint64_t>>;  // [first, end)

// The old layer of each new one.
std::vector<std::uint64_t> layers_of(const LayerRanges& ranges);

Result<std::shared_ptr<const tensor::TensorSource>> replicate_layers(
    std::shared_ptr<const tensor::TensorSource> source, const LayerRanges& ranges);

}  // namespace slipway::transform
