#include "tensor/finite.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <random>

#include "os/mem_file_system.h"
#include "slipway/safetensors.h"
#include "support/safetensors_file.h"

namespace slipway::tensor {
namespace {

struct Counts {
  std::uint64_t nan = 0;
  std::uint64_t inf = 0;
  bool operator==(const Counts&) const = default;
};

Counts count(Dtype dtype, std::string_view bytes) {
  Counts counts;
  count_non_finite(dtype, as_bytes(bytes), counts.nan, counts.inf);
  return counts;
}

// All 256 values of a one-byte type.
std::string every_byte() {
  std::string all;
  for (int i = 0; i < 256; ++i) all += static_cast<char>(i);
  return all;
}

// All 65,536 values of a two-byte type.
std::string every_pair() {
  std::string all;
  for (int i = 0; i < 65536; ++i) all += {static_cast<char>(i & 0xFF), static_cast<char>(i >> 8)};
  return all;
}

TEST(Finite, KnowsEverySmallTypeExactly) {
  EXPECT_EQ(count(Dtype::kF16, every_pair()), (Counts{.nan = 2 * 1023, .inf = 2}));
  EXPECT_EQ(count(Dtype::kBF16, every_pair()), (Counts{.nan = 2 * 127, .inf = 2}));
  EXPECT_EQ(count(Dtype::kF8E5M2, every_byte()), (Counts{.nan = 6, .inf = 2}));
  EXPECT_EQ(count(Dtype::kF8E4M3, every_byte()), (Counts{.nan = 2, .inf = 0}));
  EXPECT_EQ(count(Dtype::kF8E8M0, every_byte()), (Counts{.nan = 1, .inf = 0}));
  EXPECT_EQ(count(Dtype::kF8E4M3Fnuz, every_byte()), (Counts{.nan = 1, .inf = 0}));
  EXPECT_EQ(count(Dtype::kF8E5M2Fnuz, every_byte()), (Counts{.nan = 1, .inf = 0}));
}

TEST(Finite, CountsNothingInIntegersAndPackedTypes) {
  for (const Dtype dtype : {Dtype::kI8, Dtype::kU16, Dtype::kI64, Dtype::kBool, Dtype::kF4}) {
    EXPECT_EQ(count(dtype, every_pair()), Counts{}) << dtype_name(dtype);
  }
}

// Bit patterns near the edges, so that a find in every lane and next to every neighbour is common.
template <class Float, class Word>
void compare_with_the_machine(Dtype dtype, std::uint64_t seed) {
  constexpr Word kExponent = std::bit_cast<Word>(std::numeric_limits<Float>::infinity());
  std::mt19937_64 random(seed);
  for (int round = 0; round < 300; ++round) {
    std::string bytes;
    Counts expected;
    const std::uint64_t elements = random() % 40;
    for (std::uint64_t i = 0; i < elements; ++i) {
      const Word edges[] = {kExponent, kExponent | 1, kExponent - 1, static_cast<Word>(random()), 0};
      const Word sign = static_cast<Word>(static_cast<Word>(random() & 1) << (8 * sizeof(Word) - 1));
      const Word word = edges[random() % 5] | sign;
      const auto value = std::bit_cast<Float>(word);
      if (std::isnan(value)) ++expected.nan;
      if (std::isinf(value)) ++expected.inf;
      bytes.append(reinterpret_cast<const char*>(&word), sizeof word);
    }
    ASSERT_EQ(count(dtype, bytes), expected) << "round " << round;
  }
}
TEST(FiniteProperty, AgreesWithTheMachineOnF32) {
  compare_with_the_machine<float, std::uint32_t>(Dtype::kF32, 1);
}
TEST(FiniteProperty, AgreesWithTheMachineOnF64) {
  compare_with_the_machine<double, std::uint64_t>(Dtype::kF64, 2);
}

TEST(Finite, FindsOneBadElementAnywhereInALargeTensor) {
  std::string bytes(64 * 1024, '\0');
  for (const std::size_t at : {std::size_t{0}, std::size_t{4096 - 2}, std::size_t{4096}, bytes.size() - 2}) {
    std::string bad = bytes;
    bad.replace(at, 2, "\x80\x7F");
    EXPECT_EQ(count(Dtype::kBF16, bad), (Counts{.nan = 0, .inf = 1})) << at;
  }
}

TEST(Finite, NamesTensorAndFileWhateverTheBuffer) {
  os::MemFileSystem fs;
  const std::string one_nan = std::string(60, '\0') + std::string("\x00\x00\xC0\x7F", 4);
  fs.put("/run/model.safetensors", testing::safetensors_file({{"bad", Dtype::kF32, {16}, one_nan},
                                                              {"good", Dtype::kF32, {16}},
                                                              {"ints", Dtype::kI32, {16}, one_nan}}));
  const auto weights = open_weights(fs, "/run", "model").value();
  for (const std::uint64_t buffer : {0u, 7u, 8u, 24u, 1u << 20}) {
    const auto found = find_non_finite(*weights.source, buffer);
    ASSERT_TRUE(found);
    ASSERT_EQ(found->size(), 1u) << buffer;
    EXPECT_EQ(found->front().tensor, "bad");
    EXPECT_EQ(found->front().file, "model.safetensors");
    EXPECT_EQ(found->front().nan, 1u);
  }
}

}  // namespace
}  // namespace slipway::tensor
