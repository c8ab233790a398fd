// transform/dequant/block_codes.h - quantises blocks of floats as bitsandbytes does.
//
// Contract   x = value / scale as value * (1 / scale), 32 bits each; scale = the largest magnitude of a
//            block.
// Threads    value
#pragma once

#include <span>
#include <vector>

#include "slipway/bytes.h"
#include "transform/dequant/four_bit.h"

namespace slipway::transform {

// The largest magnitude of each block; NaN where there is one.
std::vector<float> block_scales(std::span<const float> values, std::size_t block_elements);

// Two codes a byte, the first in the high half.
ByteVector encode_blocks(std::span<const float> values, std::span<const float> scales,
                         std::size_t block_elements, const FourBitIntervals& intervals);

// What is left of scales that are kept in 8 bits, in blocks of 256, with `offset` taken off before.
void round_trip_scales(std::span<float> scales, float offset);

}  // namespace slipway::transform
