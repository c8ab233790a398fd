// transform/dequant/block_floats.h - the floats that the codes of a few blocks stand for.
//
// Contract   value = round(map[code] * scale of its block): the product in 32 bits, rounded to nearest even.
// Threads    value
#pragma once

#include <cstdint>
#include <span>

#include "slipway/bytes.h"
#include "slipway/dtype.h"
#include "transform/dequant/four_bit.h"

namespace slipway::transform {

// The 16 floats of each block, one block behind the other, in `dtype` (F32, F16 or BF16).
ByteVector block_tables(std::span<const float> scales, const FourBitMap& map, tensor::Dtype dtype);

// Two codes a byte, the first in the high half. `elements` of them, the first of a block of `block_elements`.
void decode_blocks(Bytes codes, Bytes tables, std::uint64_t block_elements, std::uint64_t elements,
                   tensor::Dtype dtype, MutableBytes out);

}  // namespace slipway::transform
