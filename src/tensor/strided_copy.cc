#include "tensor/strided_copy.h"

#include <algorithm>
#include <cstring>

namespace slipway::tensor {
namespace {

constexpr std::uint64_t kAlwaysTogether = 4096;  // a span that is cheaper to read than to pick from
constexpr std::uint64_t kWorthReading = 16;      // a window of which this part at least is wanted

// Axes of one element go; two that are one run on both sides become one.
void simplify(std::vector<Axis>& box) {
  std::vector<Axis> simple;
  for (const Axis& axis : box) {
    if (axis.extent == 1) continue;
    if (!simple.empty()) {
      Axis& outer = simple.back();
      if (outer.from == axis.extent * axis.from && outer.to == axis.extent * axis.to) {
        outer = {.extent = outer.extent * axis.extent, .from = axis.from, .to = axis.to};
        continue;
      }
    }
    simple.push_back(axis);
  }
  box = std::move(simple);
}

std::uint64_t count(const std::vector<Axis>& box) {
  std::uint64_t elements = 1;
  for (const Axis& axis : box) elements *= axis.extent;
  return elements;
}

template <std::size_t kBytes>
void copy_row(const Axis& row, const std::byte* from, std::byte* to) {
  for (std::uint64_t i = 0; i < row.extent; ++i)
    std::memcpy(to + i * row.to * kBytes, from + i * row.from * kBytes, kBytes);
}

void copy_row(const Axis& row, std::uint64_t bytes, const std::byte* from, std::byte* to) {
  if (row.from == 1 && row.to == 1) {
    std::memcpy(to, from, row.extent * bytes);
    return;
  }
  switch (bytes) {
    case 1:
      return copy_row<1>(row, from, to);
    case 2:
      return copy_row<2>(row, from, to);
    case 4:
      return copy_row<4>(row, from, to);
    case 8:
      return copy_row<8>(row, from, to);
    default:
      for (std::uint64_t i = 0; i < row.extent; ++i)
        std::memcpy(to + i * row.to * bytes, from + i * row.from * bytes, bytes);
  }
}

void scatter(std::span<const Axis> box, std::uint64_t bytes, const std::byte* from, std::byte* to) {
  if (box.empty()) {
    std::memcpy(to, from, bytes);
  } else if (box.size() == 1) {
    copy_row(box.front(), bytes, from, to);
  } else {
    const Axis& axis = box.front();
    for (std::uint64_t i = 0; i < axis.extent; ++i)
      scatter(box.subspan(1), bytes, from + i * axis.from * bytes, to + i * axis.to * bytes);
  }
}

bool is_one_run(const std::vector<Axis>& box) {
  return box.empty() || (box.size() == 1 && box.front().from == 1 && box.front().to == 1);
}

}  // namespace

std::uint64_t StridedCopy::span_bytes(const std::vector<Axis>& box) const {
  std::uint64_t last = 0;
  for (const Axis& axis : box) last += (axis.extent - 1) * axis.from;
  return (last + 1) * element_bytes_;
}

Result<void> StridedCopy::read(std::uint64_t offset, MutableBytes out) const {
  SLIPWAY_TRY(file_.read(offset, out));
  if (swap_bytes_ > 1) {
    for (std::size_t at = 0; at + swap_bytes_ <= out.size(); at += swap_bytes_)
      std::ranges::reverse(out.subspan(at, swap_bytes_));
  }
  return {};
}

Result<void> StridedCopy::run(std::vector<Axis> box, std::uint64_t offset, MutableBytes out) {
  simplify(box);
  return copy(box, offset, out.data());
}

Result<void> StridedCopy::copy(std::vector<Axis>& box, std::uint64_t offset, std::byte* out) {
  const std::uint64_t wanted = count(box) * element_bytes_;
  if (is_one_run(box)) return read(offset, {out, wanted});
  const std::uint64_t span = span_bytes(box);
  if (span > kWindowBytes || (span > kAlwaysTogether && wanted * kWorthReading < span))
    return split(box, offset, out);
  if (window_.size() < span) window_.resize(span);
  SLIPWAY_TRY(read(offset, MutableBytes(window_).first(span)));
  scatter(box, element_bytes_, window_.data(), out);
  return {};
}

// Along the axis that reaches farthest in the file: as many steps at a time as fill a window, or one when
// there is too little to take from it.
Result<void> StridedCopy::split(std::vector<Axis>& box, std::uint64_t offset, std::byte* out) {
  const auto widest = std::ranges::max_element(box, {}, &Axis::from);
  const auto at = static_cast<std::size_t>(widest - box.begin());
  const Axis whole = *widest;
  const bool dense = count(box) * element_bytes_ * kWorthReading >= span_bytes(box);
  box[at].extent = 1;
  const std::uint64_t one = span_bytes(box), step = whole.from * element_bytes_;
  const std::uint64_t together = dense && one < kWindowBytes ? 1 + (kWindowBytes - one) / step : 1;
  for (std::uint64_t i = 0; i < whole.extent; i += together) {
    std::vector<Axis> part = box;
    part[at].extent = std::min(together, whole.extent - i);
    simplify(part);
    SLIPWAY_TRY(copy(part, offset + i * step, out + i * whole.to * element_bytes_));
  }
  return {};
}

}  // namespace slipway::tensor
