#include "transform/dequant/four_bit.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numeric>

namespace slipway::transform {
namespace {

constexpr FourBitMap kNf4{
    -1.0F,
    -0.6961928009986877F,
    -0.5250730514526367F,
    -0.39491748809814453F,
    -0.28444138169288635F,
    -0.18477343022823334F,
    -0.09105003625154495F,
    0.0F,
    0.07958029955625534F,
    0.16093020141124725F,
    0.24611230194568634F,
    0.33791524171829224F,
    0.44070982933044434F,
    0.5626170039176941F,
    0.7229568362236023F,
    1.0F,
};

// A sign and a magnitude in twelfths; both zeros are +0.
constexpr FourBitMap make_fp4() {
  constexpr std::array<float, 8> kTwelfths{0, 0.0625F, 8, 12, 4, 6, 2, 3};
  FourBitMap map{};
  for (std::size_t i = 0; i < kTwelfths.size(); ++i) {
    map[i] = kTwelfths[i] / 12;
    map[i + kTwelfths.size()] = i == 0 ? 0 : -kTwelfths[i] / 12;
  }
  return map;
}
constexpr FourBitMap kFp4 = make_fp4();

FourBitIntervals intervals_of(const FourBitMap& map) {
  FourBitIntervals intervals;
  std::iota(intervals.codes.begin(), intervals.codes.end(), std::uint8_t{0});
  std::ranges::stable_sort(intervals.codes, {}, [&](std::uint8_t code) { return map[code]; });
  for (std::size_t i = 0; i < intervals.midpoints.size(); ++i)
    intervals.midpoints[i] = (map[intervals.codes[i]] + map[intervals.codes[i + 1]]) / 2;
  return intervals;
}

// The positive values below 1, ascending, as bits of F32: means of neighbours among evenly spaced fractions,
// times a power of ten. Their last bits come from 32-bit arithmetic, so they stand here as they are.
constexpr auto kPositiveScales = std::to_array<std::uint32_t>({
    0x3513a3b7, 0x365a1a94, 0x370205ff, 0x37b24206, 0x38378034, 0x388aefb3, 0x38ba1f4b, 0x3923d70b,
    0x398ce705, 0x39c7e283, 0x3a016f01, 0x3a1eecc1, 0x3a3c6a80, 0x3a59e83e, 0x3a7765ff, 0x3aa7ef9d,
    0x3af1a9fc, 0x3b1db22d, 0x3b428f5c, 0x3b676c8a, 0x3b8624dd, 0x3b989374, 0x3bab020d, 0x3bbd70a4,
    0x3bcfdf3b, 0x3be24dd3, 0x3bf4bc6a, 0x3c039581, 0x3c0ccccd, 0x3c160418, 0x3c1f3b64, 0x3c3ae148,
    0x3c68f5c3, 0x3c8b851f, 0x3ca28f5d, 0x3cb9999a, 0x3cd0a3d7, 0x3ce7ae15, 0x3cfeb852, 0x3d0ae148,
    0x3d166667, 0x3d21eb85, 0x3d2d70a3, 0x3d38f5c3, 0x3d447ae1, 0x3d500000, 0x3d5b851f, 0x3d670a3d,
    0x3d728f5d, 0x3d7e147b, 0x3d84cccd, 0x3d8a8f5d, 0x3d9051eb, 0x3d96147b, 0x3d9bd70a, 0x3da1999a,
    0x3da75c2a, 0x3dad1eb8, 0x3db2e148, 0x3db8a3d7, 0x3dbe6667, 0x3dc428f7, 0x3dc9eb85, 0x3ddb3334,
    0x3df80000, 0x3e0a6666, 0x3e18cccd, 0x3e273333, 0x3e35999a, 0x3e440000, 0x3e526666, 0x3e60cccd,
    0x3e6f3333, 0x3e7d9999, 0x3e860000, 0x3e8d3334, 0x3e946666, 0x3e9b999a, 0x3ea2cccc, 0x3eaa0000,
    0x3eb13333, 0x3eb86666, 0x3ebf999a, 0x3ec6cccc, 0x3ece0000, 0x3ed53333, 0x3edc6666, 0x3ee3999a,
    0x3eeacccc, 0x3ef20000, 0x3ef93332, 0x3f003333, 0x3f03cccc, 0x3f076666, 0x3f0b0000, 0x3f0e999a,
    0x3f123334, 0x3f15cccd, 0x3f196666, 0x3f1d0000, 0x3f20999a, 0x3f243334, 0x3f27cccd, 0x3f2b6666,
    0x3f2f0000, 0x3f32999a, 0x3f363334, 0x3f39cccd, 0x3f3d6666, 0x3f410000, 0x3f44999a, 0x3f483333,
    0x3f4bcccd, 0x3f4f6666, 0x3f530000, 0x3f56999a, 0x3f5a3333, 0x3f5dcccd, 0x3f616666, 0x3f650000,
    0x3f68999a, 0x3f6c3333, 0x3f6fcccd, 0x3f736666, 0x3f770000, 0x3f7a999a, 0x3f7e3333,
});
static_assert(kPositiveScales.size() == 127);

struct ScaleType {
  std::array<float, kScaleCodes> map{};  // the same below zero as above, and 0 and 1
  std::array<float, kScaleCodes - 1> midpoints{};
};

const ScaleType& scale_type() {
  static const ScaleType kType = [] {
    constexpr std::size_t kZero = 127;
    ScaleType type;
    type.map.back() = 1;
    for (std::size_t i = 0; i < kPositiveScales.size(); ++i) {
      const float value = std::bit_cast<float>(kPositiveScales[i]);
      type.map[kZero + 1 + i] = value;
      type.map[kZero - 1 - i] = -value;
    }
    for (std::size_t i = 0; i < type.midpoints.size(); ++i)
      type.midpoints[i] = (type.map[i] + type.map[i + 1]) / 2;
    return type;
  }();
  return kType;
}

}  // namespace

std::string_view four_bit_name(FourBitType type) { return type == FourBitType::kNf4 ? "nf4" : "fp4"; }

std::optional<FourBitType> parse_four_bit(std::string_view name) {
  if (name == "nf4") return FourBitType::kNf4;
  if (name == "fp4") return FourBitType::kFp4;
  return std::nullopt;
}

const FourBitMap& four_bit_map(FourBitType type) { return type == FourBitType::kNf4 ? kNf4 : kFp4; }

const FourBitIntervals& four_bit_intervals(FourBitType type) {
  static const FourBitIntervals kOfNf4 = intervals_of(kNf4);
  static const FourBitIntervals kOfFp4 = intervals_of(kFp4);
  return type == FourBitType::kNf4 ? kOfNf4 : kOfFp4;
}

std::span<const float, kScaleCodes> scale_map() { return scale_type().map; }

std::uint8_t nearest_scale(float value) {
  if (std::isnan(value)) return kScaleCodes - 1;
  const auto& midpoints = scale_type().midpoints;
  return static_cast<std::uint8_t>(std::ranges::lower_bound(midpoints, value) - midpoints.begin());
}

}  // namespace slipway::transform
