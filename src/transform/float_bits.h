// transform/float_bits.h - one float as another type's bits, rounded to nearest even; for loops that are to
// be vectorised.
//
// Contract   NaN stays NaN (quiet, sign kept); what is too large becomes infinity.
// Threads    value
// Source     IEEE 754; docs/format/safetensors.md#casts
#pragma once

#include <bit>
#include <cstdint>

namespace slipway::transform {

inline constexpr std::uint32_t kF32Exponent = 0x7F80'0000;
inline constexpr std::uint32_t kF32Magnitude = 0x7FFF'FFFF;

[[gnu::always_inline]] inline std::uint16_t bf16_of(std::uint32_t bits) {
  const std::uint32_t rounded = (bits + 0x7FFF + (bits >> 16 & 1)) >> 16;
  const std::uint32_t quiet = bits >> 16 | 0x0040;
  return static_cast<std::uint16_t>((bits & kF32Magnitude) > kF32Exponent ? quiet : rounded);
}

// Normal numbers by integer rounding; subnormal ones by an addition whose unit in the last place is theirs.
[[gnu::always_inline]] inline std::uint16_t f16_of(std::uint32_t bits) {
  constexpr std::uint32_t kOverflow = 0x477F'F000;        // 65520: rounds to infinity
  constexpr std::uint32_t kSmallestNormal = 0x3880'0000;  // 2^-14
  const std::uint32_t sign = bits >> 16 & 0x8000;
  const std::uint32_t magnitude = bits & kF32Magnitude;
  const std::uint32_t odd = magnitude >> 13 & 1;
  const std::uint32_t normal = (magnitude - 0x3800'0000 + 0x0FFF + odd) >> 13;
  const std::uint32_t subnormal =
      std::bit_cast<std::uint32_t>(std::bit_cast<float>(magnitude) + 0.5F) - 0x3F00'0000;
  std::uint32_t half = magnitude < kSmallestNormal ? subnormal : normal;
  half = magnitude >= kOverflow ? 0x7C00 : half;
  half = magnitude > kF32Exponent ? (0x7E00 | (magnitude >> 13 & 0x03FF)) : half;
  return static_cast<std::uint16_t>(sign | half);
}

[[gnu::always_inline]] inline std::uint32_t f32_of_f16(std::uint16_t half) {
  const std::uint32_t sign = static_cast<std::uint32_t>(half & 0x8000) << 16;
  const std::uint32_t magnitude = half & 0x7FFFU;
  const std::uint32_t normal = (magnitude << 13) + 0x3800'0000;
  const std::uint32_t special = (magnitude << 13) | kF32Exponent;
  const std::uint32_t subnormal = std::bit_cast<std::uint32_t>(static_cast<float>(magnitude) * 0x1p-24F);
  const std::uint32_t value = magnitude < 0x0400 ? subnormal : magnitude >= 0x7C00 ? special : normal;
  return sign | value;
}

[[gnu::always_inline]] inline std::uint32_t f32_of_bf16(std::uint16_t half) {
  return static_cast<std::uint32_t>(half) << 16;
}

}  // namespace slipway::transform
