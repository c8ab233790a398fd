// tensor/finite.h - finds NaN and infinity in float tensors, in bounded memory.
//
// Cost       one pass over the bytes; an exponent test on whole words
// Threads    value
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "slipway/result.h"
#include "slipway/tensor_source.h"

namespace slipway::tensor {

struct NonFinite {
  std::string tensor;
  std::string file;
  std::uint64_t nan = 0;
  std::uint64_t inf = 0;
};
// Counts in `bytes` (whole elements of `dtype`); integers count nothing.
void count_non_finite(Dtype dtype, Bytes bytes, std::uint64_t& nan, std::uint64_t& inf);
// Reads every float tensor in tiles of at most `buffer_bytes`.
Result<std::vector<NonFinite>> find_non_finite(const TensorSource& source, std::uint64_t buffer_bytes);

}  // namespace slipway::tensor
