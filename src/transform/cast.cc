#include "transform/cast.h"

#include <array>
#include <bit>
#include <cmath>
#include <cstring>

#include "slipway/result.h"

namespace slipway::transform {
namespace {

using tensor::Dtype;

constexpr std::uint32_t kF32Exponent = 0x7F80'0000;
constexpr std::uint32_t kF32Magnitude = 0x7FFF'FFFF;

// All kernels work on F32 bit patterns in blocks that stay in the first-level cache.
constexpr std::size_t kBlock = 1024;
using Block = std::array<std::uint32_t, kBlock>;

std::uint16_t bf16_of(std::uint32_t bits) {
  const std::uint32_t rounded = (bits + 0x7FFF + (bits >> 16 & 1)) >> 16;
  const std::uint32_t quiet = bits >> 16 | 0x0040;
  return static_cast<std::uint16_t>((bits & kF32Magnitude) > kF32Exponent ? quiet : rounded);
}

// Normal numbers by integer rounding; subnormal ones by an addition whose unit in the last place is theirs.
std::uint16_t f16_of(std::uint32_t bits) {
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

std::uint32_t f32_of_f16(std::uint16_t half) {
  const std::uint32_t sign = static_cast<std::uint32_t>(half & 0x8000) << 16;
  const std::uint32_t magnitude = half & 0x7FFFU;
  const std::uint32_t normal = (magnitude << 13) + 0x3800'0000;
  const std::uint32_t special = (magnitude << 13) | kF32Exponent;
  const std::uint32_t subnormal = std::bit_cast<std::uint32_t>(static_cast<float>(magnitude) * 0x1p-24F);
  const std::uint32_t value = magnitude < 0x0400 ? subnormal : magnitude >= 0x7C00 ? special : normal;
  return sign | value;
}

void load(Dtype from, const std::byte* in, std::size_t count, Block& block) {
  switch (from) {
    case Dtype::kF64:
      for (std::size_t i = 0; i < count; ++i) {
        double value = 0;
        std::memcpy(&value, in + i * sizeof value, sizeof value);
        block[i] = std::bit_cast<std::uint32_t>(static_cast<float>(value));
      }
      return;
    case Dtype::kF32:
      std::memcpy(block.data(), in, count * sizeof(std::uint32_t));
      return;
    case Dtype::kBF16:
    case Dtype::kF16: {
      std::array<std::uint16_t, kBlock> halves;
      std::memcpy(halves.data(), in, count * sizeof(std::uint16_t));
      if (from == Dtype::kBF16)
        for (std::size_t i = 0; i < count; ++i) block[i] = static_cast<std::uint32_t>(halves[i]) << 16;
      else
        for (std::size_t i = 0; i < count; ++i) block[i] = f32_of_f16(halves[i]);
      return;
    }
    default:
      SLIPWAY_CHECK(false);
  }
}

void store(Dtype to, const Block& block, std::size_t count, std::byte* out) {
  if (to == Dtype::kF32) {
    std::memcpy(out, block.data(), count * sizeof(std::uint32_t));
    return;
  }
  SLIPWAY_CHECK(to == Dtype::kBF16 || to == Dtype::kF16);
  std::array<std::uint16_t, kBlock> halves;
  if (to == Dtype::kBF16)
    for (std::size_t i = 0; i < count; ++i) halves[i] = bf16_of(block[i]);
  else
    for (std::size_t i = 0; i < count; ++i) halves[i] = f16_of(block[i]);
  std::memcpy(out, halves.data(), count * sizeof(std::uint16_t));
}

// The smallest magnitude that a cast makes infinite, as F32 bits.
std::uint32_t overflow_from(Dtype to) {
  if (to == Dtype::kF16) return 0x477F'F000;
  return to == Dtype::kBF16 ? 0x7F7F'8000 : kF32Exponent;
}

std::uint64_t count_overflows(const Block& block, std::size_t count, std::uint32_t from) {
  std::uint32_t found = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint32_t magnitude = block[i] & kF32Magnitude;
    found += static_cast<std::uint32_t>(magnitude >= from && magnitude < kF32Exponent);
  }
  return found;
}

// F64 beyond the range of F32 has become infinite before the block is looked at.
std::uint64_t count_f64_overflows(const std::byte* in, std::size_t count) {
  std::uint64_t found = 0;
  for (std::size_t i = 0; i < count; ++i) {
    double value = 0;
    std::memcpy(&value, in + i * sizeof value, sizeof value);
    found += static_cast<std::uint64_t>(std::isfinite(value) && std::isinf(static_cast<float>(value)));
  }
  return found;
}

}  // namespace

bool is_castable(Dtype dtype) {
  return dtype == Dtype::kF64 || dtype == Dtype::kF32 || dtype == Dtype::kF16 || dtype == Dtype::kBF16;
}

void cast_floats(Dtype from, Bytes in, Dtype to, MutableBytes out, CastCount& count) {
  const std::size_t from_bytes = tensor::dtype_bits(from) / 8;
  const std::size_t to_bytes = tensor::dtype_bits(to) / 8;
  const std::size_t elements = in.size() / from_bytes;
  SLIPWAY_CHECK(elements * from_bytes == in.size() && elements * to_bytes == out.size());
  Block block;
  for (std::size_t at = 0; at < elements; at += kBlock) {
    const std::size_t here = std::min(kBlock, elements - at);
    const std::byte* source = in.data() + at * from_bytes;
    load(from, source, here, block);
    if (from == Dtype::kF64) count.overflowed += count_f64_overflows(source, here);
    count.overflowed += count_overflows(block, here, overflow_from(to));
    store(to, block, here, out.data() + at * to_bytes);
  }
}

}  // namespace slipway::transform
