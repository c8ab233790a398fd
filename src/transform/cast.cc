#include "transform/cast.h"

#include <array>
#include <bit>
#include <cmath>
#include <cstring>

#include "slipway/result.h"
#include "transform/float_bits.h"

namespace slipway::transform {
namespace {

using tensor::Dtype;

// All kernels work on F32 bit patterns in blocks that stay in the first-level cache.
constexpr std::size_t kBlock = 1024;
using Block = std::array<std::uint32_t, kBlock>;

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
        for (std::size_t i = 0; i < count; ++i) block[i] = f32_of_bf16(halves[i]);
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
