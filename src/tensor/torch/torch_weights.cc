#include "tensor/torch/torch_weights.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "os/path.h"
#include "slipway/json.h"
#include "tensor/piece_source.h"
#include "tensor/shard_set.h"
#include "tensor/tensor_name.h"
#include "tensor/torch/state_dict.h"

namespace slipway::tensor {
namespace {

constexpr std::string_view kExtension = ".bin";
constexpr std::size_t kNamedMax = 5;

struct Shard {
  PieceFile file{};
  std::vector<PiecedTensor> tensors{};
  std::vector<TensorInfo> infos{};  // of these, for the comparison with an index
};

void warn_of_others(WeightSet& set, const std::string& file, std::vector<std::string> others) {
  if (others.empty()) return;
  std::ranges::transform(others, others.begin(), [](const std::string& name) { return shown_name(name); });
  const std::size_t shown = std::min(others.size(), kNamedMax);
  set.warnings.push_back(
      fmt::format("{}: holds {} that {} no tensor and no part of the weights: {}{}", file,
                  others.size() == 1 ? "a value" : fmt::format("{} values", others.size()),
                  others.size() == 1 ? "is" : "are",
                  fmt::join(others.begin(), others.begin() + static_cast<std::ptrdiff_t>(shown), ", "),
                  others.size() > shown ? ", ..." : ""));
}

Result<Shard> read_shard(os::FileSystem& fs, const os::Path& folder, const std::string& name,
                         std::size_t index, WeightSet& set) {
  Shard shard{.file = {.file = name, .path = os::join(folder, name)}};
  SLIPWAY_ASSIGN(const auto file, fs.open_read(shard.file.path));
  SLIPWAY_ASSIGN(shard.file.stat, file->stat());
  if (shard.file.stat.kind != os::FileKind::kFile)
    return fail(ErrorCode::kCorruptData, "is not a regular file");
  SLIPWAY_ASSIGN(const TorchFile torch, TorchFile::open(*file, 0, shard.file.stat.size_bytes));
  SLIPWAY_ASSIGN(StateDict state, read_state_dict(torch, torch.graph().root()));
  for (auto& [tensor_name, tensor] : state.tensors) {
    if (tensor_name.empty())
      return fail(ErrorCode::kUnsupported, "holds one tensor without a name; save a state_dict");
    shard.tensors.push_back(pieced(std::move(tensor_name), tensor, index));
    TensorInfo& info = shard.tensors.back().info;
    info.file = name;
    info.file_offset_bytes = tensor.offset_bytes;
    shard.infos.push_back(info);
  }
  if (shard.tensors.empty())
    return fail(ErrorCode::kCorruptData, "holds no tensors; give the folder that the model was saved to");
  warn_of_others(set, name, std::move(state.others));
  set.files.push_back(name);
  return shard;
}

Result<OpenedWeights> opened(os::FileSystem& fs, WeightSet set, std::vector<Shard> shards) {
  std::vector<PieceFile> files;
  std::vector<PiecedTensor> tensors;
  for (Shard& shard : shards) {
    files.push_back(std::move(shard.file));
    std::ranges::move(shard.tensors, std::back_inserter(tensors));
  }
  SLIPWAY_ASSIGN(auto source, make_piece_source(fs, std::move(files), std::move(tensors)));
  return OpenedWeights{.set = std::move(set), .source = std::move(source)};
}

Result<OpenedWeights> open_single(os::FileSystem& fs, const os::Path& folder, const std::string& single,
                                  std::string_view stem) {
  WeightSet set;
  std::vector<Shard> shards;
  SLIPWAY_ASSIGN_WITHIN(Shard shard, single, read_shard(fs, folder, single, 0, set));
  shards.push_back(std::move(shard));
  const std::string index_file = single + ".index.json";
  SLIPWAY_ASSIGN(const bool both, os::exists(fs, os::join(folder, index_file)));
  if (both) set.stale.push_back(index_file);
  SLIPWAY_TRY(note_stale_shards(fs, folder, stem, kExtension, {}, set));
  return opened(fs, std::move(set), std::move(shards));
}

Result<OpenedWeights> open_sharded(os::FileSystem& fs, const os::Path& folder, const std::string& index_file,
                                   std::string_view stem) {
  WeightSet set{.index_file = index_file};
  SLIPWAY_ASSIGN_WITHIN(set.index_text, index_file,
                        os::read_file(fs, os::join(folder, index_file), json::kJsonBytesMax));
  SLIPWAY_ASSIGN_WITHIN(const auto index, index_file, parse_index(set.index_text, kExtension));
  std::set<std::string> files;
  for (const auto& [name, file] : index.weight_map) files.insert(file);
  std::vector<Shard> shards;
  for (const std::string& file : files) {
    auto shard = read_shard(fs, folder, file, shards.size(), set);
    if (!shard) return std::unexpected(within(file, of_listed_shard(std::move(shard).error(), index_file)));
    shards.push_back(std::move(*shard));
  }
  std::vector<ShardView> views;
  for (const Shard& shard : shards) views.push_back({shard.file.file, shard.infos});
  SLIPWAY_TRY_WITHIN(index_file, check_index(index, views));
  for (const std::string& warning : index.warnings) set.warnings.push_back(index_file + ": " + warning);
  check_totals(set, index, views);
  check_numbering(set, views, kExtension);
  SLIPWAY_TRY(note_stale_shards(fs, folder, stem, kExtension, files, set));
  return opened(fs, std::move(set), std::move(shards));
}

}  // namespace

Result<OpenedWeights> open_torch_weights(os::FileSystem& fs, const os::Path& folder, std::string_view stem) {
  const std::string single = fmt::format("{}{}", stem, kExtension);
  SLIPWAY_ASSIGN(const bool has_single, os::exists(fs, os::join(folder, single)));
  if (has_single) return open_single(fs, folder, single, stem);
  const std::string index_file = single + ".index.json";
  SLIPWAY_ASSIGN(const bool has_index, os::exists(fs, os::join(folder, index_file)));
  if (has_index) return open_sharded(fs, folder, index_file, stem);
  return fail(ErrorCode::kNotFound, fmt::format("{} holds neither {} nor {}", folder, single, index_file));
}

}  // namespace slipway::tensor
