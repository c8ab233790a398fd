// tensor/finite.h - finds NaN and infinity in float tensors, in bounded memory.
//
// Contract   Values are judged by their bits, as each dtype defines them: the F8s without infinity have
//            only NaN, integers have neither.
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
// Counts in `bytes` (whole elements of `dtype`); integers count nothing, C64 counts its two halves.
void count_non_finite(Dtype dtype, Bytes bytes, std::uint64_t& nan, std::uint64_t& inf);
// BOOL bytes that are neither 0 nor 1: legal in the format, and read differently by different loaders.
std::uint64_t count_odd_bools(Bytes bytes);
// Reads every float tensor in tiles of at most `buffer_bytes` (rounded down to whole words, at least one).
// The finds, in catalogue order; empty when every element is finite.
Result<std::vector<NonFinite>> find_non_finite(const TensorSource& source, std::uint64_t buffer_bytes);

}  // namespace slipway::tensor
