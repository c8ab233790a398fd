#include "tensor/shard_set.h"

#include <algorithm>
#include <unordered_map>

#include <fmt/format.h>

#include "tensor/shard_name.h"
#include "tensor/tensor_name.h"

namespace slipway::tensor {
namespace {

// Whether a shard counts itself, by its name, into the set that is used.
bool is_counted_in(const ShardName& shard, const std::set<std::string>& used, std::string_view extension) {
  return std::ranges::any_of(used, [&](const std::string& file) {
    const auto name = parse_shard_name(file, extension);
    return name && name->count == shard.count;
  });
}

// Where the index says each tensor is, compared with where it really is. Both are complete lists.
Result<void> check_shard(const WeightIndex& index, const ShardView& shard,
                         std::unordered_map<std::string_view, std::string_view>& found) {
  for (const TensorInfo& tensor : shard.tensors) {
    const auto [first, is_new] = found.emplace(tensor.name, shard.file);
    if (!is_new) {
      return fail(ErrorCode::kCorruptData,
                  fmt::format("tensor {} stands in {} and in {}: save the model again into an empty folder",
                              shown_name(tensor.name), first->second, shard.file));
    }
    const auto listed = index.weight_map.find(tensor.name);
    if (listed == index.weight_map.end()) {
      return fail(ErrorCode::kCorruptData,
                  fmt::format("does not list tensor {} of {}, which loaders would lose: save the model again",
                              shown_name(tensor.name), shard.file));
    }
    if (listed->second != shard.file) {
      return fail(ErrorCode::kCorruptData, fmt::format("says that tensor {} is in {}, but it is in {}",
                                                       shown_name(tensor.name), listed->second, shard.file));
    }
  }
  return {};
}

void doubt(WeightSet& set, std::string text) {
  set.doubts.push_back(text);
  set.warnings.push_back(std::move(text));
}

}  // namespace

Result<void> check_index(const WeightIndex& index, const std::vector<ShardView>& shards) {
  std::unordered_map<std::string_view, std::string_view> found;
  for (const ShardView& shard : shards) SLIPWAY_TRY(check_shard(index, shard, found));
  for (const auto& [name, file] : index.weight_map) {
    if (found.contains(name)) continue;
    return fail(
        ErrorCode::kCorruptData,
        fmt::format(
            "says that tensor {} is in {}, but it is not there: save the model again or copy {} again",
            shown_name(name), file, file));
  }
  return {};
}

// A tensor that lies where another does may be counted once or twice.
void check_totals(WeightSet& set, const WeightIndex& index, const std::vector<ShardView>& shards) {
  std::uint64_t total = 0, once = 0;
  for (const ShardView& shard : shards) {
    std::set<std::uint64_t> places;
    for (const TensorInfo& tensor : shard.tensors) {
      total += tensor.size_bytes;
      if (places.insert(tensor.file_offset_bytes).second) once += tensor.size_bytes;
    }
  }
  if (index.total_size && *index.total_size != total && *index.total_size != once) {
    doubt(set, fmt::format("{}: metadata.total_size is {}, but the tensors have {} bytes", set.index_file,
                           *index.total_size, total));
  }
}

void check_numbering(WeightSet& set, const std::vector<ShardView>& shards, std::string_view extension) {
  for (const ShardView& shard : shards) {
    const auto name = parse_shard_name(shard.file, extension);
    if (!name || name->count == shards.size()) continue;
    doubt(set, fmt::format("{}: {} is one of {} by its name, but {} are used", set.index_file, shard.file,
                           name->count, shards.size()));
    return;
  }
}

Result<void> note_stale_shards(os::FileSystem& fs, const os::Path& folder, std::string_view stem,
                               std::string_view extension, const std::set<std::string>& used,
                               WeightSet& set) {
  SLIPWAY_ASSIGN(const auto entries, fs.list(folder));
  for (const os::DirEntry& entry : entries) {
    const auto shard = parse_shard_name(entry.name, extension);
    if (!shard || shard->stem != stem || used.contains(entry.name)) continue;
    if (is_counted_in(*shard, used, extension)) {
      return std::unexpected(within(
          set.index_file,
          Error{.code = ErrorCode::kCorruptData,
                .message = fmt::format("lists no tensor of {}, which belongs to the same save: loaders "
                                       "would lose them; save the model again",
                                       entry.name)}));
    }
    set.stale.push_back(entry.name);
  }
  return {};
}

Error of_listed_shard(Error error, const std::string& index_file) {
  if (error.code != ErrorCode::kNotFound) return error;
  return {.code = ErrorCode::kCorruptData,
          .message = fmt::format(
              "the shard is missing, though {} names it: copy it here or save the model again", index_file)};
}

}  // namespace slipway::tensor
