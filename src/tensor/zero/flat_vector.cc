#include "tensor/zero/flat_vector.h"

#include <algorithm>

#include <fmt/format.h>

namespace slipway::tensor {

Result<void> FlatVector::add(std::size_t file, const TorchTensor& part) {
  if (dtype_.value_or(part.dtype) != part.dtype)
    return fail(ErrorCode::kCorruptData,
                fmt::format("is of {} and of {}", dtype_name(*dtype_), dtype_name(part.dtype)));
  dtype_ = part.dtype;
  if (part.grid.size() != 1 || (part.grid[0] > 1 && part.stride[0] != 1))
    return fail(ErrorCode::kCorruptData, "is no flat vector");
  const auto sum = checked_add(size_, part.grid[0]);
  if (!sum) return fail(ErrorCode::kCorruptData, "is longer than anything");
  if (part.grid[0] > 0)
    parts_.push_back({.begin = size_,
                      .size = part.grid[0],
                      .file = file,
                      .offset_bytes = part.offset_bytes,
                      .swap = part.swap});
  size_ = *sum;
  return {};
}

void FlatVector::cut(std::uint64_t begin, std::uint64_t end, std::uint64_t at,
                     std::vector<Piece>& pieces) const {
  auto part = std::ranges::upper_bound(parts_, begin, {}, &Part::begin);
  if (part != parts_.begin()) --part;
  for (; part != parts_.end() && part->begin < end; ++part) {
    const std::uint64_t from = std::max(begin, part->begin), to = std::min(end, part->begin + part->size);
    if (from >= to) continue;
    pieces.push_back({.file = part->file,
                      .file_offset_bytes = part->offset_bytes + (from - part->begin) * element_bytes(*dtype_),
                      .at = {at + (from - begin)},
                      .extent = {to - from},
                      .stride = {1},
                      .swap = part->swap});
  }
}

}  // namespace slipway::tensor
