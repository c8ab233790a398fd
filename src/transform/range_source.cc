#include "transform/range_source.h"

#include <algorithm>

namespace slipway::transform {

RangeSource::RangeSource(std::shared_ptr<const tensor::TensorSource> source,
                         std::vector<RangedTensor> tensors)
    : source_(std::move(source)) {
  const auto from = source_->catalogue();
  for (RangedTensor& one : tensors) {
    SLIPWAY_CHECK(!one.ranges.empty());
    std::vector<std::uint64_t> begins;
    std::uint64_t size = 0;
    for (const ByteRange& range : one.ranges) {
      const tensor::TensorInfo& info = from[range.tensor];
      SLIPWAY_CHECK(range.begin <= info.size_bytes && range.size <= info.size_bytes - range.begin);
      one.info.passes = std::max(one.info.passes, info.passes);
      begins.push_back(size);
      size += range.size;
    }
    SLIPWAY_CHECK(size == one.info.size_bytes);
    const ByteRange& first = one.ranges.front();
    one.info.file = from[first.tensor].file;
    one.info.file_offset_bytes = from[first.tensor].file_offset_bytes + first.begin;
    catalogue_.push_back(std::move(one.info));
    ranges_.push_back(std::move(one.ranges));
    begins_.push_back(std::move(begins));
  }
}

Result<void> RangeSource::read(std::size_t tensor, std::uint64_t offset, MutableBytes out) const {
  const auto& begins = begins_[tensor];
  auto at = static_cast<std::size_t>(std::ranges::upper_bound(begins, offset) - begins.begin()) - 1;
  while (!out.empty()) {
    const ByteRange& range = ranges_[tensor][at];
    const std::uint64_t inside = offset - begins[at];
    const auto step = static_cast<std::size_t>(std::min<std::uint64_t>(out.size(), range.size - inside));
    if (step > 0) SLIPWAY_TRY(source_->read(range.tensor, range.begin + inside, out.first(step)));
    out = out.subspan(step);
    offset += step;
    ++at;
  }
  return {};
}

Result<void> RangeSource::prepare(std::size_t tensor) const {
  for (const ByteRange& range : ranges_[tensor]) SLIPWAY_TRY(source_->prepare(range.tensor));
  return {};
}

ContentPtr RangeSource::extent(std::size_t tensor) const {
  const ByteRange& first = ranges_[tensor].front();
  const bool whole =
      ranges_[tensor].size() == 1 && first.size == source_->catalogue()[first.tensor].size_bytes;
  return whole ? source_->extent(first.tensor) : nullptr;
}

}  // namespace slipway::transform
