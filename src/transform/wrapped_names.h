// transform/wrapped_names.h - tensor names that still hold the wrapper a trainer put around the model.
//
// Contract   torch.compile, FSDP, activation checkpointing and DistributedDataParallel wrap modules and so
//            put words into names, and in a training's state peft's adapters still bear their own name; no
//            loader knows them, and an adapter loads as if it were not there.
// Threads    value
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "slipway/tensor_source.h"

namespace slipway::transform {

// The name without `_orig_mod`, `_fsdp_wrapped_module`, `_checkpoint_wrapped_module` wherever they stand, and
// without so many `module` in front of the rest; of an adapter's tensor, without the adapter's own name.
std::string unwrapped(std::string_view name, std::size_t replicas);

// How many times every name begins with `module.`, those wrappers apart: what DistributedDataParallel does.
std::size_t replicas_of(std::span<const tensor::TensorInfo> catalogue);

// The catalogue under its own names.
std::vector<tensor::TensorInfo> unwrapped(std::span<const tensor::TensorInfo> catalogue);

// The first tensor whose name a wrapper changed; null when there is none.
const tensor::TensorInfo* find_wrapped(std::span<const tensor::TensorInfo> catalogue);

}  // namespace slipway::transform
