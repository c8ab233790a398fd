#include "transform/merge/block_diagonal.h"

#include <algorithm>
#include <limits>

#include <fmt/format.h>

#include "slipway/safetensors.h"
#include "transform/merge/adapter_keys.h"

namespace slipway::transform {
namespace {

class BlockDiagonalSource final : public tensor::TensorSource {
 public:
  using Source = std::shared_ptr<const tensor::TensorSource>;
  BlockDiagonalSource(Source stored, std::vector<tensor::TensorInfo> catalogue, std::uint64_t blocks)
      : stored_(std::move(stored)), catalogue_(std::move(catalogue)), blocks_(blocks) {}

  std::span<const tensor::TensorInfo> catalogue() const override { return catalogue_; }
  Result<void> prepare(std::size_t tensor) const override { return stored_->prepare(tensor); }
  ContentPtr extent(std::size_t tensor) const override {
    return is_whole(tensor) ? stored_->extent(tensor) : nullptr;
  }

  Result<void> read(std::size_t tensor, std::uint64_t offset, MutableBytes out) const override {
    if (is_whole(tensor)) return stored_->read(tensor, offset, out);
    const tensor::TensorInfo& info = catalogue_[tensor];
    const std::uint64_t rows = info.shape[0];
    const std::uint64_t row_bytes = info.size_bytes / rows;
    const std::uint64_t kept_bytes = row_bytes / blocks_;
    while (!out.empty()) {
      const std::uint64_t row = offset / row_bytes;
      const std::uint64_t inside = offset % row_bytes;
      const MutableBytes piece = out.first(std::min<std::uint64_t>(out.size(), row_bytes - inside));
      std::ranges::fill(piece, std::byte{0});
      // Of this row only its block's columns are stored.
      const std::uint64_t kept = row / (rows / blocks_) * kept_bytes;
      const std::uint64_t begin = std::max(inside, kept);
      const std::uint64_t end = std::min(inside + piece.size(), kept + kept_bytes);
      if (begin < end)
        SLIPWAY_TRY(stored_->read(tensor, row * kept_bytes + (begin - kept),
                                  piece.subspan(begin - inside, end - begin)));
      out = out.subspan(piece.size());
      offset += piece.size();
    }
    return {};
  }

 private:
  bool is_whole(std::size_t tensor) const {
    return catalogue_[tensor].size_bytes == stored_->catalogue()[tensor].size_bytes;
  }

  Source stored_;
  std::vector<tensor::TensorInfo> catalogue_;
  std::uint64_t blocks_;
};

}  // namespace

Result<std::shared_ptr<const tensor::TensorSource>> with_whole_matrices(
    std::shared_ptr<const tensor::TensorSource> adapter, const AdapterConfig& config) {
  const std::uint64_t blocks = config.blocks;
  if (blocks <= 1) return adapter;
  const auto stored = adapter->catalogue();
  std::vector<tensor::TensorInfo> catalogue(stored.begin(), stored.end());
  for (tensor::TensorInfo& info : catalogue) {
    const AdapterKey key = parse_adapter_key(info.name);
    const std::string last = key.module.substr(key.module.rfind('.') + 1);
    const auto is_named = [&](const std::string& part) { return last.find(part) != std::string::npos; };
    const bool is_a = key.role == KeyRole::kLoraA && std::ranges::any_of(config.blocks_of_a, is_named);
    const bool is_b = key.role == KeyRole::kLoraB && std::ranges::any_of(config.blocks_of_b, is_named);
    if (!is_a && !is_b) continue;
    if (info.shape.size() != 2 || info.shape[0] == 0 || info.shape[0] % blocks != 0 ||
        info.size_bytes > std::numeric_limits<std::uint64_t>::max() / blocks / blocks)
      return fail(
          ErrorCode::kCorruptData,
          fmt::format("adapter_config.json: use_bdlora says {} blocks, and {} in {} is no matrix of so many; "
                      "save the adapter again",
                      blocks, info.name, info.file));
    info.shape[1] *= blocks;
    info.size_bytes *= blocks;
  }
  return std::make_shared<const BlockDiagonalSource>(std::move(adapter), std::move(catalogue), blocks);
}

}  // namespace slipway::transform
