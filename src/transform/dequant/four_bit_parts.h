// transform/dequant/four_bit_parts.h - which tensors of a catalogue make up each 4-bit weight of
// bitsandbytes.
//
// Contract   Names alone decide; nothing is read. A weight whose parts are not all there, and parts without a
//            weight, are refused by name; so is LLM.int8.
// Errors     kCorruptData, kUnsupported, naming the tensor
// Threads    value
// Source     docs/format/quantised.md
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "slipway/tensor_source.h"
#include "transform/dequant/four_bit.h"

namespace slipway::transform {

// As indices into the catalogue.
struct FourBitParts {
  FourBitType type = FourBitType::kNf4;  // as the state's name says
  std::size_t codes = 0;                 // "X.weight"
  std::size_t state = 0;                 // "X.weight.quant_state.bitsandbytes__nf4"
  std::size_t scales = 0;                // "X.weight.absmax"
  std::size_t map = 0;                   // "X.weight.quant_map"
  std::optional<std::size_t> nested_scales{};
  std::optional<std::size_t> nested_map{};
};

struct SplitCatalogue {
  std::vector<std::optional<FourBitParts>> parts{};  // of each tensor that stays
  std::vector<std::size_t> kept{};                   // those tensors, in the catalogue's order
};

// At least one 4-bit weight, or parts of one.
bool holds_four_bit(std::span<const tensor::TensorInfo> catalogue);

Result<SplitCatalogue> split_four_bit(std::span<const tensor::TensorInfo> catalogue);

}  // namespace slipway::transform
