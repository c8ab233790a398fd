// transform/dequant/quant_state.h - what bitsandbytes wrote beside a 4-bit weight: its JSON of a few numbers.
//
// Contract   Total on any text. Only what bitsandbytes writes is taken; a key that it does not write is
//            refused by name, because it might change what the codes mean.
// Limits     64 KiB of text, 8 dimensions
// Errors     kCorruptData naming the key; kUnsupported for a known form that is not read
// Threads    value
// Source     docs/format/quantised.md
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "slipway/dtype.h"
#include "slipway/result.h"
#include "transform/dequant/four_bit.h"

namespace slipway::transform {

inline constexpr std::size_t kQuantStateBytesMax = 64u << 10;

struct NestedScales {
  std::uint64_t block_elements = 256;  // scales that share one scale of their own
  float offset = 0;
};

struct QuantState {
  FourBitType type = FourBitType::kNf4;
  std::uint64_t block_elements = 64;  // a power of two from 32 to 4096
  tensor::Dtype dtype = tensor::Dtype::kBF16;
  std::vector<std::uint64_t> shape{};
  std::uint64_t elements = 0;
  std::optional<NestedScales> nested{};

  std::uint64_t blocks() const { return (elements + block_elements - 1) / block_elements; }
};

Result<QuantState> parse_quant_state(std::string_view text);

}  // namespace slipway::transform
