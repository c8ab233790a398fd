// tensor/shard_set.h - what an index says of shards, compared with what they hold.
//
// Contract   Both are complete lists. A tensor that is missing, stands twice or in another file is
//            kCorruptData naming both; totals and numbers that differ are doubts.
// Threads    value
#pragma once

#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "slipway/safetensors.h"
#include "tensor/index.h"

namespace slipway::tensor {

struct ShardView {
  std::string_view file{};
  std::span<const TensorInfo> tensors{};
};

Result<void> check_index(const WeightIndex& index, const std::vector<ShardView>& shards);
// Adds doubts to the set.
void check_totals(WeightSet& set, const WeightIndex& index, const std::vector<ShardView>& shards);
void check_numbering(WeightSet& set, const std::vector<ShardView>& shards, std::string_view extension);

// Shards of this stem that the set does not use. One of another count is left from another save; one of
// the same count belongs to this save, so its tensors would be lost.
Result<void> note_stale_shards(os::FileSystem& fs, const os::Path& folder, std::string_view stem,
                               std::string_view extension, const std::set<std::string>& used, WeightSet& set);

// What opening a shard failed with, for one that the index names.
Error of_listed_shard(Error error, const std::string& index_file);

}  // namespace slipway::tensor
