#include "transform/dequant/block_floats.h"

#include <algorithm>
#include <cstring>
#include <vector>

#include "transform/cast.h"

namespace slipway::transform {
namespace {

using tensor::Dtype;

template <typename Bits>
void decode_block(const std::byte* codes, const Bits* table, std::size_t elements, std::byte* out) {
  for (std::size_t i = 0; i + 1 < elements; i += 2) {
    const auto byte = static_cast<std::uint8_t>(codes[i / 2]);
    const Bits pair[2] = {table[byte >> 4], table[byte & 15]};
    std::memcpy(out + i * sizeof(Bits), pair, sizeof pair);
  }
  if (elements % 2 == 0) return;
  const auto last = static_cast<std::uint8_t>(codes[elements / 2]);
  std::memcpy(out + (elements - 1) * sizeof(Bits), &table[last >> 4], sizeof(Bits));
}

template <typename Bits>
void decode(Bytes codes, Bytes tables, std::size_t block_elements, std::size_t elements, MutableBytes out) {
  Bits table[kFourBitCodes];
  for (std::size_t at = 0; at < elements; at += block_elements) {
    std::memcpy(table, tables.data() + at / block_elements * sizeof table, sizeof table);
    decode_block(codes.data() + at / 2, table, std::min(block_elements, elements - at),
                 out.data() + at * sizeof(Bits));
  }
}

}  // namespace

ByteVector block_tables(std::span<const float> scales, const FourBitMap& map, Dtype dtype) {
  std::vector<float> products(scales.size() * kFourBitCodes);
  for (std::size_t i = 0; i < scales.size(); ++i) {
    for (std::size_t code = 0; code < kFourBitCodes; ++code)
      products[i * kFourBitCodes + code] = map[code] * scales[i];
  }
  ByteVector tables(products.size() * tensor::dtype_bits(dtype) / 8);
  CastCount ignored;
  cast_floats(Dtype::kF32, std::as_bytes(std::span(products)), dtype, tables, ignored);
  return tables;
}

void decode_blocks(Bytes codes, Bytes tables, std::uint64_t block_elements, std::uint64_t elements,
                   Dtype dtype, MutableBytes out) {
  if (dtype == Dtype::kF32)
    decode<std::uint32_t>(codes, tables, block_elements, elements, out);
  else
    decode<std::uint16_t>(codes, tables, block_elements, elements, out);
}

}  // namespace slipway::transform
