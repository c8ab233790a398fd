// tensor/shard_name.h - "model-00002-of-00004.safetensors", taken apart and put together.
//
// Source     huggingface_hub serialization/_base.py
// Threads    value
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace slipway::tensor {

struct ShardName {
  std::string stem{};        // "model"
  std::uint64_t number = 0;  // 1-based
  std::uint64_t count = 0;
};

// nullopt for a file that is no shard, also for a single "model.safetensors".
std::optional<ShardName> parse_shard_name(std::string_view file, std::string_view extension = ".safetensors");

// A count of 1 gives the single file's name, without a suffix.
std::string shard_file_name(const ShardName& name);

}  // namespace slipway::tensor
