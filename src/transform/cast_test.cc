#include "transform/cast.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstring>
#include <random>

#include "support/golden.h"

namespace slipway::transform {
namespace {

using tensor::Dtype;

template <typename To, typename From>
To cast_one(Dtype from, From value, Dtype to, CastCount& count) {
  To out{};
  cast_floats(from, std::as_bytes(std::span(&value, 1)), to, std::as_writable_bytes(std::span(&out, 1)),
              count);
  return out;
}

std::uint32_t number(const json::Value& one, std::string_view key) {
  return static_cast<std::uint32_t>(std::stoul(one.find(key)->string(), nullptr, 16));
}

void expect_casts(std::string_view list, std::string_view key, Dtype to) {
  const json::Value root = slipway::testing::golden_json("safetensors/float_casts.json");
  ASSERT_FALSE(root.find(list)->items().empty());
  for (const json::Value& one : root.find(list)->items()) {
    CastCount count;
    const std::uint32_t in = number(one, "f32");
    const auto out = cast_one<std::uint16_t>(Dtype::kF32, in, to, count);
    if (std::isnan(std::bit_cast<float>(in))) {
      const std::uint16_t exponent = to == Dtype::kBF16 ? 0x7F80 : 0x7C00;
      EXPECT_EQ(out & exponent, exponent);
      EXPECT_NE(out & ~exponent & 0x7FFF, 0) << "NaN became infinite";
      continue;
    }
    EXPECT_EQ(out, number(one, key)) << one.find("f32")->string();
  }
}

TEST(Cast, RoundsToBf16AsTheVectorsSay) { expect_casts("f32_to_bf16", "bf16", Dtype::kBF16); }
TEST(Cast, RoundsToF16AsTheVectorsSay) { expect_casts("f32_to_f16", "f16", Dtype::kF16); }

// The compiler's own half type is an independent implementation of the same rounding.
TEST(Cast, AgreesWithTheCompilersHalfOnEveryHalfAndOnRandomFloats) {
  CastCount count;
  for (std::uint32_t half = 0; half < 0x10000; ++half) {
    const auto bits = static_cast<std::uint16_t>(half);
    const auto ours = cast_one<float>(Dtype::kF16, bits, Dtype::kF32, count);
    const auto theirs = static_cast<float>(std::bit_cast<_Float16>(bits));
    if (std::isnan(theirs)) {
      EXPECT_TRUE(std::isnan(ours));
    } else {
      ASSERT_EQ(std::bit_cast<std::uint32_t>(ours), std::bit_cast<std::uint32_t>(theirs)) << half;
    }
  }
  std::mt19937 random(7);
  for (int i = 0; i < 2'000'000; ++i) {
    const auto bits = static_cast<std::uint32_t>(random());
    const auto value = std::bit_cast<float>(bits);
    if (std::isnan(value)) continue;
    const auto ours = cast_one<std::uint16_t>(Dtype::kF32, bits, Dtype::kF16, count);
    ASSERT_EQ(ours, std::bit_cast<std::uint16_t>(static_cast<_Float16>(value))) << bits;
  }
}

TEST(Cast, GoesThroughF32OnTheWayFromF64) {
  const json::Value root = slipway::testing::golden_json("safetensors/float_casts.json");
  const json::Value& trap = *root.find("double_rounding_trap");
  CastCount count;
  const std::uint64_t bits = std::stoull(trap.find("f64_hex")->string(), nullptr, 16);
  EXPECT_EQ(cast_one<std::uint16_t>(Dtype::kF64, bits, Dtype::kBF16, count), number(trap, "via_f32_bf16"));
}

TEST(Cast, CountsWhatBecomesInfinite) {
  CastCount count;
  cast_one<std::uint16_t>(Dtype::kF32, 65519.0F, Dtype::kF16, count);
  cast_one<std::uint16_t>(Dtype::kF32, INFINITY, Dtype::kF16, count);
  EXPECT_EQ(count.overflowed, 0u);
  cast_one<std::uint16_t>(Dtype::kF32, -65520.0F, Dtype::kF16, count);
  cast_one<std::uint16_t>(Dtype::kF32, 3.39e38F, Dtype::kBF16, count);  // rounds down to the largest
  cast_one<std::uint16_t>(Dtype::kF32, 3.4028235e38F, Dtype::kBF16, count);
  cast_one<float>(Dtype::kF64, 1e300, Dtype::kF32, count);
  EXPECT_EQ(count.overflowed, 3u);
}

TEST(Cast, LeavesQuantisedFloatsAndIntegersAlone) {
  EXPECT_FALSE(is_castable(Dtype::kF8E4M3));
  EXPECT_FALSE(is_castable(Dtype::kI64));
  EXPECT_TRUE(is_castable(Dtype::kBF16));
}

}  // namespace
}  // namespace slipway::transform
