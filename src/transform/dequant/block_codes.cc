#include "transform/dequant/block_codes.h"

#include <algorithm>
#include <cmath>

namespace slipway::transform {
namespace {

constexpr std::size_t kScaleBlock = 256;
constexpr float kSmallestScale = 1e-38F;  // what a block of zeros is divided by

float inverse_of(float scale) { return 1.0F / (scale < kSmallestScale ? kSmallestScale : scale); }

// NaN lies above every midpoint.
std::uint8_t code_of(float value, const FourBitIntervals& intervals) {
  std::size_t above = 0;
  for (const float midpoint : intervals.midpoints) above += static_cast<std::size_t>(!(value <= midpoint));
  return intervals.codes[above];
}

float largest(std::span<const float> values) {
  float most = 0;
  for (const float value : values) {
    const float magnitude = std::fabs(value);
    most = magnitude > most || std::isnan(magnitude) ? magnitude : most;
    if (std::isnan(most)) return most;
  }
  return most;
}

}  // namespace

std::vector<float> block_scales(std::span<const float> values, std::size_t block_elements) {
  std::vector<float> scales;
  scales.reserve((values.size() + block_elements - 1) / block_elements);
  for (std::size_t at = 0; at < values.size(); at += block_elements)
    scales.push_back(largest(values.subspan(at, std::min(block_elements, values.size() - at))));
  return scales;
}

ByteVector encode_blocks(std::span<const float> values, std::span<const float> scales,
                         std::size_t block_elements, const FourBitIntervals& intervals) {
  ByteVector codes(values.size() / 2 + values.size() % 2);
  for (std::size_t block = 0; block < scales.size(); ++block) {
    const float inverse = inverse_of(scales[block]);
    const std::size_t end = std::min(values.size(), (block + 1) * block_elements);
    for (std::size_t i = block * block_elements; i < end; ++i) {
      const std::uint8_t code = code_of(values[i] * inverse, intervals);
      codes[i / 2] |= static_cast<std::byte>(i % 2 == 0 ? code << 4 : code);
    }
  }
  return codes;
}

void round_trip_scales(std::span<float> scales, float offset) {
  for (float& scale : scales) scale -= offset;
  const std::vector<float> groups = block_scales(scales, kScaleBlock);
  for (std::size_t i = 0; i < scales.size(); ++i) {
    const float group = groups[i / kScaleBlock];
    const float product = scale_map()[nearest_scale(scales[i] * inverse_of(group))] * group;
    scales[i] = product + offset;
  }
}

}  // namespace slipway::transform
