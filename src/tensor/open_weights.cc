#include <algorithm>
#include <set>
#include <unordered_map>

#include <fmt/format.h>
#include "os/path.h"
#include "slipway/json.h"
#include "slipway/safetensors.h"
#include "tensor/index.h"
#include "tensor/safetensors_source.h"
#include "tensor/shard_name.h"
#include "tensor/tensor_name.h"

namespace slipway::tensor {
namespace {

Result<SafetensorsShard> read_shard(os::FileSystem& fs, const os::Path& folder, const std::string& name) {
  SafetensorsShard shard{.file = name, .path = os::join(folder, name)};
  SLIPWAY_ASSIGN(const auto file, fs.open_read(shard.path));
  SLIPWAY_ASSIGN(shard.stat, file->stat());
  if (shard.stat.kind != os::FileKind::kFile) return fail(ErrorCode::kCorruptData, "is not a regular file");
  SLIPWAY_ASSIGN(shard.header, read_safetensors_header(*file, shard.stat.size_bytes));
  return shard;
}

void add_warnings(WeightSet& set, const std::string& file, const std::vector<std::string>& warnings) {
  for (const std::string& warning : warnings) set.warnings.push_back(file + ": " + warning);
}

OpenedWeights opened(os::FileSystem& fs, WeightSet set, std::vector<SafetensorsShard> shards) {
  for (const SafetensorsShard& shard : shards) {
    set.files.push_back(shard.file);
    add_warnings(set, shard.file, shard.header.warnings);
  }
  return {.set = std::move(set), .source = std::make_shared<SafetensorsSource>(fs, std::move(shards))};
}

// Whether a shard counts itself, by its name, into the set that is used.
bool is_counted_in(const ShardName& shard, const std::set<std::string>& used) {
  return std::ranges::any_of(used, [&](const std::string& file) {
    const auto name = parse_shard_name(file);
    return name && name->count == shard.count;
  });
}

// Shards of this stem that the set does not use. One of another count is left from another save; one of
// the same count belongs to this save, so its tensors would be lost.
Result<void> note_stale_shards(os::FileSystem& fs, const os::Path& folder, std::string_view stem,
                               const std::set<std::string>& used, WeightSet& set) {
  SLIPWAY_ASSIGN(const auto entries, fs.list(folder));
  for (const os::DirEntry& entry : entries) {
    const auto shard = parse_shard_name(entry.name);
    if (!shard || shard->stem != stem || used.contains(entry.name)) continue;
    if (is_counted_in(*shard, used)) {
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

// Where the index says each tensor is, compared with where it really is. Both are complete lists.
Result<void> check_shard(const WeightIndex& index, const SafetensorsShard& shard,
                         std::unordered_map<std::string_view, std::string_view>& found) {
  for (const TensorInfo& tensor : shard.header.tensors) {
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

Result<void> check_index(const WeightIndex& index, const std::vector<SafetensorsShard>& shards) {
  std::unordered_map<std::string_view, std::string_view> found;
  for (const SafetensorsShard& shard : shards) SLIPWAY_TRY(check_shard(index, shard, found));
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

void doubt(WeightSet& set, std::string text) {
  set.doubts.push_back(text);
  set.warnings.push_back(std::move(text));
}

void check_totals(WeightSet& set, const WeightIndex& index, const std::vector<SafetensorsShard>& shards) {
  std::uint64_t total = 0;
  for (const SafetensorsShard& shard : shards) {
    for (const TensorInfo& tensor : shard.header.tensors) total += tensor.size_bytes;
  }
  if (index.total_size && *index.total_size != total) {
    doubt(set, fmt::format("{}: metadata.total_size is {}, but the tensors have {} bytes", set.index_file,
                           *index.total_size, total));
  }
}

void check_numbering(WeightSet& set, const std::vector<SafetensorsShard>& shards) {
  for (const SafetensorsShard& shard : shards) {
    const auto name = parse_shard_name(shard.file);
    if (!name || name->count == shards.size()) continue;
    doubt(set, fmt::format("{}: {} is one of {} by its name, but {} are used", set.index_file, shard.file,
                           name->count, shards.size()));
    return;
  }
}

Result<SafetensorsShard> read_listed_shard(os::FileSystem& fs, const os::Path& folder,
                                           const std::string& file, const std::string& index_file) {
  auto shard = read_shard(fs, folder, file);
  if (!shard && shard.error().code == ErrorCode::kNotFound) {
    return fail(ErrorCode::kCorruptData,
                fmt::format("the shard is missing, though {} names it: copy it here or save the model again",
                            index_file));
  }
  return shard;
}

Result<OpenedWeights> open_single(os::FileSystem& fs, const os::Path& folder, const std::string& single,
                                  std::string_view stem) {
  SLIPWAY_ASSIGN_WITHIN(auto shard, single, read_shard(fs, folder, single));
  WeightSet set;
  const std::string index_file = single + ".index.json";
  SLIPWAY_ASSIGN(const bool both, os::exists(fs, os::join(folder, index_file)));
  if (both) set.stale.push_back(index_file);
  SLIPWAY_TRY(note_stale_shards(fs, folder, stem, {}, set));
  std::vector<SafetensorsShard> shards;
  shards.push_back(std::move(shard));
  return opened(fs, std::move(set), std::move(shards));
}

Result<OpenedWeights> open_sharded(os::FileSystem& fs, const os::Path& folder, const std::string& index_file,
                                   std::string_view stem) {
  WeightSet set{.index_file = index_file};
  SLIPWAY_ASSIGN_WITHIN(set.index_text, index_file,
                        os::read_file(fs, os::join(folder, index_file), json::kJsonBytesMax));
  SLIPWAY_ASSIGN_WITHIN(const auto index, index_file, parse_index(set.index_text));
  std::set<std::string> files;
  for (const auto& [name, file] : index.weight_map) files.insert(file);

  std::vector<SafetensorsShard> shards;
  for (const std::string& file : files) {
    SLIPWAY_ASSIGN_WITHIN(auto shard, file, read_listed_shard(fs, folder, file, index_file));
    shards.push_back(std::move(shard));
  }
  SLIPWAY_TRY_WITHIN(index_file, check_index(index, shards));
  add_warnings(set, index_file, index.warnings);
  check_totals(set, index, shards);
  check_numbering(set, shards);
  SLIPWAY_TRY(note_stale_shards(fs, folder, stem, files, set));
  return opened(fs, std::move(set), std::move(shards));
}

}  // namespace

Result<OpenedWeights> open_weights(os::FileSystem& fs, const os::Path& folder, std::string_view stem) {
  const std::string single = fmt::format("{}.safetensors", stem);
  SLIPWAY_ASSIGN(const bool has_single, os::exists(fs, os::join(folder, single)));
  if (has_single) return open_single(fs, folder, single, stem);
  const std::string index_file = single + ".index.json";
  SLIPWAY_ASSIGN(const bool has_index, os::exists(fs, os::join(folder, index_file)));
  if (has_index) return open_sharded(fs, folder, index_file, stem);
  return fail(ErrorCode::kNotFound, fmt::format("{} holds neither {} nor {}", folder, single, index_file));
}

}  // namespace slipway::tensor
