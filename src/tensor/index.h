// tensor/index.h - model.safetensors.index.json: which shard holds which tensor.
//
// Limits     64 MiB of text; file names must be plain (no separator, no "..") and end in `extension`
// Contract   total_size is the sum of the tensors' bytes, without headers; whether it is true is
//            open_weights()'s business, which has seen the shards.
// Source     transformers modeling_utils.py; indent 2, keys sorted, final newline
// Threads    value
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "slipway/result.h"

namespace slipway::tensor {

struct WeightIndex {
  std::map<std::string, std::string> weight_map{};  // tensor -> file
  std::optional<std::uint64_t> total_size{};
  std::optional<std::uint64_t> total_parameters{};
  std::vector<std::string> warnings{};  // accepted but odd: no metadata, a total written as a float
};

// kCorruptData says what is wrong. `extension`: what its files end in.
Result<WeightIndex> parse_index(std::string_view text, std::string_view extension = ".safetensors");
std::string print_index(const WeightIndex& index);  // byte for byte as transformers writes it

}  // namespace slipway::tensor
