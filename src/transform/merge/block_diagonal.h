// transform/merge/block_diagonal.h - the matrices of a block-diagonal LoRA, written out with their zeros.
//
// Contract   A matrix that adapter_config.json calls block-diagonal is stored as its blocks, each below the
//            one before: [rows, columns / blocks]. The view gives it whole, so that what reads it need not
//            know. Other tensors stay.
// Limits     4,096 blocks
// Errors     kCorruptData naming a tensor whose rows are no blocks
// Threads    share freely
// Source     peft tuners/lora/variants.py BlockDiagonalLinear
#pragma once

#include <memory>

#include "slipway/tensor_source.h"
#include "transform/merge/adapter_config.h"

namespace slipway::transform {

// `adapter` itself where the config speaks of no blocks.
Result<std::shared_ptr<const tensor::TensorSource>> with_whole_matrices(
    std::shared_ptr<const tensor::TensorSource> adapter, const AdapterConfig& config);

}  // namespace slipway::transform
