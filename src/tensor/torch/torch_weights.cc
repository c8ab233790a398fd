#include "tensor/torch/torch_weights.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "os/path.h"
#include "tensor/open_set.h"
#include "tensor/piece_source.h"
#include "tensor/tensor_name.h"
#include "tensor/torch/state_dict.h"

namespace slipway::tensor {
namespace {

constexpr std::size_t kNamedMax = 5;

struct Shard {
  PieceFile file{};
  std::vector<PiecedTensor> tensors{};
  std::vector<TensorInfo> infos{};    // of these, for the comparison with an index
  std::vector<std::string> others{};  // values that are no tensors
};

void warn_of_others(WeightSet& set, const std::string& file, std::vector<std::string> others) {
  if (others.empty()) return;
  std::ranges::transform(others, others.begin(), [](const std::string& name) { return shown_name(name); });
  const std::size_t shown = std::min(others.size(), kNamedMax);
  set.warnings.push_back(
      fmt::format("{}: holds {} that {} no part of the weights: {}{}", file,
                  others.size() == 1 ? "a value" : fmt::format("{} values", others.size()),
                  others.size() == 1 ? "is" : "are",
                  fmt::join(others.begin(), others.begin() + static_cast<std::ptrdiff_t>(shown), ", "),
                  others.size() > shown ? ", ..." : ""));
}

Result<Shard> read_shard(os::FileSystem& fs, const os::Path& folder, const std::string& name,
                         std::size_t index) {
  Shard shard{.file = {.file = name, .path = os::join(folder, name)}};
  SLIPWAY_ASSIGN(const auto file, fs.open_read(shard.file.path));
  SLIPWAY_ASSIGN(shard.file.stat, file->stat());
  if (shard.file.stat.kind != os::FileKind::kFile)
    return fail(ErrorCode::kCorruptData, "is not a regular file");
  SLIPWAY_ASSIGN(const TorchFile torch, TorchFile::open(*file, 0, shard.file.stat.size_bytes));
  SLIPWAY_ASSIGN(StateDict state, read_weights(torch));
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
  shard.others = std::move(state.others);
  return shard;
}

}  // namespace

Result<OpenedWeights> open_torch_weights(os::FileSystem& fs, const os::Path& folder, std::string_view stem) {
  const auto read = [&](const std::string& name, std::size_t i) { return read_shard(fs, folder, name, i); };
  const auto view = [](const Shard& shard) { return ShardView{shard.file.file, shard.infos}; };
  SLIPWAY_ASSIGN(auto opened, open_set<Shard>(fs, folder, stem, ".bin", read, view));
  std::vector<PieceFile> files;
  std::vector<PiecedTensor> tensors;
  for (Shard& shard : opened.shards) {
    warn_of_others(opened.set, shard.file.file, std::move(shard.others));
    opened.set.files.push_back(shard.file.file);
    files.push_back(std::move(shard.file));
    std::ranges::move(shard.tensors, std::back_inserter(tensors));
  }
  SLIPWAY_ASSIGN(auto source, make_piece_source(fs, std::move(files), std::move(tensors)));
  return OpenedWeights{.set = std::move(opened.set), .source = std::move(source)};
}

}  // namespace slipway::tensor
