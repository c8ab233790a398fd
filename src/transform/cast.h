// transform/cast.h - floats from one type to another, as torch does it on the CPU: round to nearest even.
//
// Contract   NaN stays NaN (quiet, sign kept); what is too large becomes infinity and is counted. F64
//            goes through F32 first, as torch does. The same bytes on every CPU, whatever the split.
// Units      `in` and `out` hold whole elements, as many in one as in the other
// Threads    value
// Source     IEEE 754; docs/format/safetensors.md#casts
#pragma once

#include <cstdint>

#include "slipway/bytes.h"
#include "slipway/dtype.h"

namespace slipway::transform {

struct CastCount {
  std::uint64_t overflowed = 0;  // finite before, infinite after
};

// F64, F32, F16 and BF16: what a cast may begin and end with. Quantised floats (F8...) are no values by
// themselves and are never cast.
bool is_castable(tensor::Dtype dtype);
void cast_floats(tensor::Dtype from, Bytes in, tensor::Dtype to, MutableBytes out, CastCount& count);

}  // namespace slipway::transform
