// transform/range_source.h - tensors made of byte ranges of another source's tensors, one behind the other.
//
// Contract   Lazy: a read reads what it needs of the source, straight into the caller's buffer.
// Threads    share freely
// Errors     the source's
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "slipway/tensor_source.h"

namespace slipway::transform {

struct ByteRange {
  std::size_t tensor = 0;  // of the source's catalogue
  std::uint64_t begin = 0;
  std::uint64_t size = 0;
};

struct RangedTensor {
  tensor::TensorInfo info{};  // its size is that of the ranges
  std::vector<ByteRange> ranges{};
};

class RangeSource final : public tensor::TensorSource {
 public:
  // Ranges lie inside of their tensors, and there is one at least for each.
  RangeSource(std::shared_ptr<const tensor::TensorSource> source, std::vector<RangedTensor> tensors);

  std::span<const tensor::TensorInfo> catalogue() const override { return catalogue_; }
  Result<void> read(std::size_t tensor, std::uint64_t offset, MutableBytes out) const override;
  Result<void> prepare(std::size_t tensor) const override;
  ContentPtr extent(std::size_t tensor) const override;  // null but for a whole tensor

 private:
  std::shared_ptr<const tensor::TensorSource> source_;
  std::vector<tensor::TensorInfo> catalogue_{};
  std::vector<std::vector<ByteRange>> ranges_{};
  std::vector<std::vector<std::uint64_t>> begins_{};  // of the ranges, in the tensor
};

}  // namespace slipway::transform
