#include <set>

#include <fmt/format.h>
#include "os/path.h"
#include "slipway/json.h"
#include "slipway/safetensors.h"
#include "tensor/safetensors_source.h"
#include "tensor/shard_set.h"

namespace slipway::tensor {
namespace {

constexpr std::string_view kExtension = ".safetensors";

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

std::vector<ShardView> views_of(const std::vector<SafetensorsShard>& shards) {
  std::vector<ShardView> views;
  for (const SafetensorsShard& shard : shards) views.push_back({shard.file, shard.header.tensors});
  return views;
}

OpenedWeights opened(os::FileSystem& fs, WeightSet set, std::vector<SafetensorsShard> shards) {
  for (const SafetensorsShard& shard : shards) {
    set.files.push_back(shard.file);
    add_warnings(set, shard.file, shard.header.warnings);
  }
  return {.set = std::move(set), .source = std::make_shared<SafetensorsSource>(fs, std::move(shards))};
}

Result<OpenedWeights> open_single(os::FileSystem& fs, const os::Path& folder, const std::string& single,
                                  std::string_view stem) {
  SLIPWAY_ASSIGN_WITHIN(auto shard, single, read_shard(fs, folder, single));
  WeightSet set;
  const std::string index_file = single + ".index.json";
  SLIPWAY_ASSIGN(const bool both, os::exists(fs, os::join(folder, index_file)));
  if (both) set.stale.push_back(index_file);
  SLIPWAY_TRY(note_stale_shards(fs, folder, stem, kExtension, {}, set));
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
    auto shard = read_shard(fs, folder, file);
    if (!shard) return std::unexpected(within(file, of_listed_shard(std::move(shard).error(), index_file)));
    shards.push_back(std::move(*shard));
  }
  const std::vector<ShardView> views = views_of(shards);
  SLIPWAY_TRY_WITHIN(index_file, check_index(index, views));
  add_warnings(set, index_file, index.warnings);
  check_totals(set, index, views);
  check_numbering(set, views, kExtension);
  SLIPWAY_TRY(note_stale_shards(fs, folder, stem, kExtension, files, set));
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
