// transform/dequant/four_bit.h - the 4-bit types of bitsandbytes, NF4 and FP4, and its 8-bit scale type.
//
// Contract   Exact values. A code is found as bitsandbytes finds it: the number of midpoints between
//            neighbouring values that lie strictly below, NaN above all.
// Threads    value
// Source     docs/format/quantised.md
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace slipway::transform {

enum class FourBitType : std::uint8_t { kNf4, kFp4 };
std::string_view four_bit_name(FourBitType type);  // "nf4", as files say
std::optional<FourBitType> parse_four_bit(std::string_view name);

inline constexpr std::size_t kFourBitCodes = 16;
using FourBitMap = std::array<float, kFourBitCodes>;
const FourBitMap& four_bit_map(FourBitType type);  // what each code stands for, of a block whose scale is 1

// The midpoints, ascending, and the code of each interval between them.
struct FourBitIntervals {
  std::array<float, kFourBitCodes - 1> midpoints{};
  std::array<std::uint8_t, kFourBitCodes> codes{};
};
const FourBitIntervals& four_bit_intervals(FourBitType type);

// The signed dynamic 8-bit type that nested scales are kept in.
inline constexpr std::size_t kScaleCodes = 256;
std::span<const float, kScaleCodes> scale_map();
std::uint8_t nearest_scale(float value);  // its code; of [-1, 1]

}  // namespace slipway::transform
