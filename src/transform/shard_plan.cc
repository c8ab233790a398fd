#include "transform/shard_plan.h"

#include <algorithm>
#include <utility>

#include "slipway/safetensors.h"
#include "tensor/shard_name.h"

namespace slipway::transform {
namespace {

// The bytes of one shard's tensors, back to back in file order.
class TensorRun final : public Content {
 public:
  TensorRun(std::shared_ptr<const tensor::TensorSource> source, std::vector<std::size_t> tensors)
      : source_(std::move(source)), tensors_(std::move(tensors)) {
    for (const std::size_t index : tensors_) {
      begins_.push_back(size_bytes_);
      size_bytes_ += source_->catalogue()[index].size_bytes;
    }
  }

  std::uint64_t size_bytes() const override { return size_bytes_; }

  Result<void> read(std::uint64_t offset, MutableBytes out) const override {
    SLIPWAY_CHECK(offset <= size_bytes_ && out.size() <= size_bytes_ - offset);
    if (out.empty()) return {};
    // The last tensor that begins at or before the offset; empty ones before it are passed over.
    auto at = static_cast<std::size_t>(std::ranges::upper_bound(begins_, offset) - begins_.begin()) - 1;
    for (; !out.empty(); ++at) {
      const std::uint64_t size = source_->catalogue()[tensors_[at]].size_bytes;
      const std::uint64_t within_tensor = offset - begins_[at];
      const auto step = static_cast<std::size_t>(std::min<std::uint64_t>(out.size(), size - within_tensor));
      if (step > 0) SLIPWAY_TRY(source_->read(tensors_[at], within_tensor, out.first(step)));
      offset += step;
      out = out.subspan(step);
    }
    return {};
  }

 private:
  std::shared_ptr<const tensor::TensorSource> source_;
  std::vector<std::size_t> tensors_;
  std::vector<std::uint64_t> begins_{};
  std::uint64_t size_bytes_ = 0;
};

// Shards as lists of tensors, in the order they are numbered.
std::vector<std::vector<std::size_t>> cut(std::span<const tensor::TensorInfo> catalogue,
                                          std::uint64_t bytes_max) {
  std::vector<std::vector<std::size_t>> shards;
  std::vector<std::size_t> filling;
  std::uint64_t filled_bytes = 0;
  for (std::size_t i = 0; i < catalogue.size(); ++i) {
    const std::uint64_t size = catalogue[i].size_bytes;
    if (size > bytes_max) {
      shards.push_back({i});
      continue;
    }
    if (size > bytes_max - filled_bytes) {
      shards.push_back(std::exchange(filling, {}));
      filled_bytes = 0;
    }
    filling.push_back(i);
    filled_bytes += size;
  }
  if (!filling.empty()) shards.push_back(std::move(filling));
  return shards;
}

}  // namespace

std::vector<Shard> plan_shards(std::span<const tensor::TensorInfo> catalogue, std::string_view stem,
                               std::uint64_t shard_bytes_max) {
  auto lists = cut(catalogue, shard_bytes_max);
  std::vector<Shard> shards;
  for (std::vector<std::size_t>& tensors : lists) {
    const tensor::ShardName name{
        .stem = std::string(stem), .number = shards.size() + 1, .count = lists.size()};
    shards.push_back({.file = tensor::shard_file_name(name), .tensors = std::move(tensors)});
  }
  return shards;
}

Result<ContentPtr> shard_content(std::shared_ptr<const tensor::TensorSource> source, const Shard& shard) {
  std::vector<tensor::TensorSpec> specs;
  for (const std::size_t index : shard.tensors) {
    const tensor::TensorInfo& info = source->catalogue()[index];
    specs.push_back({info.name, info.dtype, info.shape});
  }
  SLIPWAY_ASSIGN_WITHIN(auto layout, shard.file, tensor::lay_out_safetensors(specs, {{"format", "pt"}}));
  std::vector<std::size_t> tensors;
  for (const std::size_t place : layout.order) tensors.push_back(shard.tensors[place]);
  return joined_content({literal_content(std::move(layout.header)),
                         std::make_shared<TensorRun>(std::move(source), std::move(tensors))});
}

}  // namespace slipway::transform
