// release/outline_check.h - what a language model of a known layout has apart from its rows: the widths that
// its config says, a norm behind the last layer, whole attention, and no layer too many.
//
// Contract   Headers and config.json only. Weights that are quantised or of a class of their own (auto_map)
//            are not judged, nor a layout that is not known.
// Threads    value
// Errors     kCorruptData naming the tensor and the way out
// Source     every class of transformers 4.57 and 5.24 (tests/python/every_class_test.py)
#pragma once

#include <span>

#include "slipway/json.h"
#include "slipway/result.h"
#include "slipway/tensor_source.h"
#include "transform/embeddings.h"

namespace slipway::release {

// `catalogue` under the names that are published; `layers`: what config.json says, if it does.
Result<void> check_outline(std::span<const tensor::TensorInfo> catalogue, const transform::Embeddings& found,
                           const json::Value& config, std::optional<std::uint64_t> layers);

}  // namespace slipway::release
