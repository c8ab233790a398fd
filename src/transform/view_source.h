// transform/view_source.h - another look at a source: some of its tensors, renamed, cast, in a new order.
//
// Contract   Lazy: a read of the view reads what it needs of the source, in pieces of kCastBytes. The same
//            bytes whatever the split. Overflowing casts are counted as they are read; a range read twice
//            counts twice.
// Limits     memory: kCastBytes a read of a cast tensor, nothing else
// Threads    share freely
// Errors     the source's
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "slipway/tensor_source.h"

namespace slipway::transform {

inline constexpr std::size_t kCastBytes = 256u << 10;

struct Viewed {
  std::size_t tensor = 0;                // of the source's catalogue
  std::string name{};                    // as the view calls it
  std::optional<tensor::Dtype> dtype{};  // cast to this; both sides castable
};

class ViewSource final : public tensor::TensorSource {
 public:
  ViewSource(std::shared_ptr<const tensor::TensorSource> source, std::vector<Viewed> viewed);

  std::span<const tensor::TensorInfo> catalogue() const override { return catalogue_; }
  Result<void> read(std::size_t tensor, std::uint64_t offset, MutableBytes out) const override;
  Result<void> prepare(std::size_t tensor) const override;
  ContentPtr extent(std::size_t tensor) const override;  // null for a cast tensor
  std::uint64_t overflowed(std::size_t tensor) const;    // elements read so far that became infinite

 private:
  struct Counters;
  std::shared_ptr<const tensor::TensorSource> source_;
  std::vector<Viewed> viewed_;
  std::vector<tensor::TensorInfo> catalogue_{};
  std::shared_ptr<Counters> counters_;
};

}  // namespace slipway::transform
