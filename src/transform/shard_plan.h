// transform/shard_plan.h - which tensor goes into which shard: transformers' greedy rule, exactly.
//
// Source     huggingface_hub serialization/_base.py: greedy in the given order, strictly greater than
//            the limit closes a shard; a tensor above the limit becomes a shard at once, numbered
//            before the one being filled
// Threads    value
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "slipway/tensor_source.h"

namespace slipway::transform {

inline constexpr std::uint64_t kShardBytesDefault = 5'000'000'000;

struct Shard {
  std::string file;                    // "model-00001-of-00004.safetensors", "model.safetensors" if alone
  std::vector<std::size_t> tensors{};  // indices into the catalogue, in order
};
std::vector<Shard> plan_shards(std::span<const tensor::TensorInfo> catalogue, std::string_view stem,
                               std::uint64_t shard_bytes_max = kShardBytesDefault);

// One shard as content: header literal, then the tensors' ranges in the official writer's order, with the
// metadata {"format":"pt"} that older transformers insist on. It reads through the source, so a model
// of any number of tensors keeps one open file a shard. A source of two passes must be prepared first.
Result<ContentPtr> shard_content(std::shared_ptr<const tensor::TensorSource> source, const Shard& shard);

}  // namespace slipway::transform
