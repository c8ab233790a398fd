// transform/tied.h - input and output embeddings that are one matrix: found by name, compared by bytes.
//
// Contract   A safetensors file cannot say that two names share their bytes, so names and the config's flag
//            say it, and the bytes decide.
// Limits     memory: two pieces of 1 MiB
// Threads    value
// Errors     the source's
// Source     docs/format/release.md#tied-weights
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "slipway/json.h"
#include "slipway/tensor_source.h"

namespace slipway::transform {

struct TiedPair {
  std::size_t source = 0;  // the input embeddings, which stay
  std::size_t target = 0;  // the output embeddings, which go when they are the same
};

// Both embeddings of a model, of one shape and dtype; none where one of them is not there.
std::optional<TiedPair> find_embedding_pair(std::span<const tensor::TensorInfo> catalogue);

// Where a config describes its language model: the text levels, then the top.
std::vector<const json::Value*> language_levels(const json::Value& config);

// Every flag of config.json (of its text level, where transformers 4 looks, and of the top, where
// transformers 5 does) says true; where there is none, the default of the model type.
bool says_tied(const json::Value& config);
// There is a flag, and every one says false.
bool says_untied(const json::Value& config);

// Two that lie at one place of one file are not read.
Result<bool> same_bytes(const tensor::TensorSource& source, std::size_t a, std::size_t b);
// A tensor of one source and one of another.
Result<bool> same_bytes(const tensor::TensorSource& left_source, std::size_t a,
                        const tensor::TensorSource& right_source, std::size_t b);

}  // namespace slipway::transform
