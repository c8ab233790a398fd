// tensor/open_set.h - the weights of one stem in a folder: its single file where it is there, as loaders do,
// else the shards that its index lists.
//
// Contract   What is said of files and index against each other is in the set; `files` the caller fills.
// Threads    value
// Errors     kNotFound where there is neither; kCorruptData, as shard_set.h and `read`, naming the file
#pragma once

#include <set>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "os/path.h"
#include "slipway/json.h"
#include "tensor/shard_set.h"

namespace slipway::tensor {

template <class Shard>
struct OpenSet {
  WeightSet set{};
  std::vector<Shard> shards{};
};

// `read(name, i)` gives the i-th shard, of which `view` gives the name and the tensors.
template <class Shard, class Read, class View>
Result<OpenSet<Shard>> open_index(os::FileSystem& fs, const os::Path& folder, std::string_view stem,
                                  std::string_view extension, const Read& read, const View& view) {
  OpenSet<Shard> opened{.set = {.index_file = fmt::format("{}{}.index.json", stem, extension)}};
  WeightSet& set = opened.set;
  SLIPWAY_ASSIGN_WITHIN(set.index_text, set.index_file,
                        os::read_file(fs, os::join(folder, set.index_file), json::kJsonBytesMax));
  SLIPWAY_ASSIGN_WITHIN(const auto index, set.index_file, parse_index(set.index_text, extension));
  std::set<std::string> files;
  for (const auto& [name, file] : index.weight_map) files.insert(file);
  if (files.empty())
    return fail(ErrorCode::kCorruptData,
                fmt::format("{}: lists no tensor; save the model again", set.index_file));
  for (const std::string& file : files) {
    auto shard = read(file, opened.shards.size());
    if (!shard)
      return std::unexpected(within(file, of_listed_shard(std::move(shard).error(), set.index_file)));
    opened.shards.push_back(std::move(*shard));
  }
  std::vector<ShardView> views;
  for (const Shard& shard : opened.shards) views.push_back(view(shard));
  SLIPWAY_TRY_WITHIN(set.index_file, check_index(index, views));
  for (const std::string& warning : index.warnings) set.warnings.push_back(set.index_file + ": " + warning);
  check_totals(set, index, views);
  check_numbering(set, views, extension);
  SLIPWAY_TRY(note_stale_shards(fs, folder, stem, extension, files, set));
  return opened;
}

template <class Shard, class Read, class View>
Result<OpenSet<Shard>> open_set(os::FileSystem& fs, const os::Path& folder, std::string_view stem,
                                std::string_view extension, const Read& read, const View& view) {
  const std::string single = fmt::format("{}{}", stem, extension), index_file = single + ".index.json";
  SLIPWAY_ASSIGN(const bool has_single, os::exists(fs, os::join(folder, single)));
  SLIPWAY_ASSIGN(const bool has_index, os::exists(fs, os::join(folder, index_file)));
  if (!has_single && has_index) return open_index<Shard>(fs, folder, stem, extension, read, view);
  if (!has_single)
    return fail(ErrorCode::kNotFound, fmt::format("{} holds neither {} nor {}", folder, single, index_file));
  OpenSet<Shard> opened;
  SLIPWAY_ASSIGN_WITHIN(Shard shard, single, read(single, std::size_t{0}));
  opened.shards.push_back(std::move(shard));
  if (has_index) opened.set.stale.push_back(index_file);
  SLIPWAY_TRY(note_stale_shards(fs, folder, stem, extension, {}, opened.set));
  return opened;
}

}  // namespace slipway::tensor
