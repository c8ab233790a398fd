#include "transform/view_source.h"

#include <algorithm>
#include <atomic>
#include <deque>

#include "slipway/safetensors.h"
#include "transform/cast.h"

namespace slipway::transform {

struct ViewSource::Counters {
  explicit Counters(std::size_t tensors) : overflowed(tensors) {}
  std::deque<std::atomic<std::uint64_t>> overflowed;
};

ViewSource::ViewSource(std::shared_ptr<const tensor::TensorSource> source, std::vector<Viewed> viewed)
    : source_(std::move(source)),
      viewed_(std::move(viewed)),
      counters_(std::make_shared<Counters>(viewed_.size())) {
  for (const Viewed& one : viewed_) {
    tensor::TensorInfo info = source_->catalogue()[one.tensor];
    info.name = one.name;
    if (one.dtype && *one.dtype != info.dtype) {
      SLIPWAY_CHECK(is_castable(info.dtype) && is_castable(*one.dtype));
      info.dtype = *one.dtype;
      info.size_bytes = tensor::tensor_size_bytes({info.name, info.dtype, info.shape});
    }
    catalogue_.push_back(std::move(info));
  }
}

Result<void> ViewSource::read(std::size_t tensor, std::uint64_t offset, MutableBytes out) const {
  const tensor::TensorInfo& from = source_->catalogue()[viewed_[tensor].tensor];
  const tensor::TensorInfo& to = catalogue_[tensor];
  if (from.dtype == to.dtype) return source_->read(viewed_[tensor].tensor, offset, out);
  const std::size_t from_bytes = tensor::dtype_bits(from.dtype) / 8;
  const std::size_t to_bytes = tensor::dtype_bits(to.dtype) / 8;
  ByteVector in(kCastBytes);
  ByteVector cast(kCastBytes / from_bytes * to_bytes);
  CastCount count;
  while (!out.empty()) {
    // Whole elements around the wanted bytes; a piece that begins inside an element drops its head.
    const std::uint64_t element = offset / to_bytes;
    const std::size_t head = static_cast<std::size_t>(offset % to_bytes);
    const std::size_t wanted = (head + out.size() + to_bytes - 1) / to_bytes;
    const std::size_t elements = std::min(wanted, kCastBytes / from_bytes);
    const MutableBytes read = MutableBytes(in).first(elements * from_bytes);
    const MutableBytes made = MutableBytes(cast).first(elements * to_bytes);
    SLIPWAY_TRY(source_->read(viewed_[tensor].tensor, element * from_bytes, read));
    cast_floats(from.dtype, read, to.dtype, made, count);
    const std::size_t step = std::min(out.size(), made.size() - head);
    std::ranges::copy(Bytes(made).subspan(head, step), out.begin());
    out = out.subspan(step);
    offset += step;
  }
  counters_->overflowed[tensor] += count.overflowed;
  return {};
}

Result<void> ViewSource::prepare(std::size_t tensor) const {
  return source_->prepare(viewed_[tensor].tensor);
}

ContentPtr ViewSource::extent(std::size_t tensor) const {
  const std::size_t from = viewed_[tensor].tensor;
  return source_->catalogue()[from].dtype == catalogue_[tensor].dtype ? source_->extent(from) : nullptr;
}

std::uint64_t ViewSource::overflowed(std::size_t tensor) const { return counters_->overflowed[tensor]; }

}  // namespace slipway::transform
