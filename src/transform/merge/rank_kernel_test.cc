#include "transform/merge/rank_kernel.h"

#include <cmath>
#include <cstring>
#include <random>

#include <gtest/gtest.h>

namespace slipway::transform {
namespace {

RankFactors random_factors(std::size_t rows, std::size_t rank, std::size_t columns) {
  RankFactors factors{.rows = rows, .rank = rank, .columns = columns};
  std::mt19937 dice(7);  // NOLINT: the same each time
  std::normal_distribution<float> normal;
  factors.left.resize(rows * rank);
  for (float& value : factors.left) value = normal(dice);
  factors.right.resize(panels_of(columns) * rank * kPanelColumns);
  for (std::size_t k = 0; k < rank; ++k)
    for (std::size_t j = 0; j < columns; ++j) factors.right[panel_place(rank, k, j)] = normal(dice);
  return factors;
}

std::vector<float> by_definition(const RankFactors& factors) {
  std::vector<float> out(factors.rows * factors.columns);
  for (std::size_t i = 0; i < factors.rows; ++i)
    for (std::size_t j = 0; j < factors.columns; ++j) {
      float& sum = out[i * factors.columns + j];
      for (std::size_t k = 0; k < factors.rank; ++k)
        sum =
            std::fma(factors.left[i * factors.rank + k], factors.right[panel_place(factors.rank, k, j)], sum);
    }
  return out;
}

std::vector<float> in_blocks(const Cpu& cpu, const RankFactors& factors, std::size_t rows) {
  std::vector<float> out(factors.rows * factors.columns);
  for (std::size_t row = 0; row < factors.rows; row += rows) {
    const std::size_t here = std::min(rows, factors.rows - row);
    multiply(cpu, factors, row, std::span(out).subspan(row * factors.columns, here * factors.columns));
  }
  return out;
}

TEST(RankKernel, GivesTheSameBitsOnEveryPathAndInAnyBlocks) {
  const Cpu here = detect_cpu();
  const std::vector<Cpu> paths{Cpu{}, Cpu{.fma = here.fma}, here};
  for (const std::size_t columns : {1U, 31U, 32U, 77U}) {
    const RankFactors factors = random_factors(41, 9, columns);
    const std::vector<float> want = by_definition(factors);
    for (const Cpu& cpu : paths)
      for (const std::size_t rows : {1U, 5U, 12U, 13U, 41U}) {
        const std::vector<float> got = in_blocks(cpu, factors, rows);
        EXPECT_EQ(std::memcmp(got.data(), want.data(), want.size() * sizeof(float)), 0)
            << columns << " columns, " << rows << " rows at a time, fma " << cpu.fma << cpu.avx512;
      }
  }
}

// The exact product of 1 + 2^-23 with itself does not fit F32: two roundings would lose its last bit.
TEST(RankKernel, RoundsOncePerStep) {
  RankFactors factors{.rows = 1, .rank = 2, .columns = 1};
  factors.left = {1.0F, 1.0F + 0x1p-23F};
  factors.right.assign(2 * kPanelColumns, 0.0F);
  factors.right[panel_place(2, 0, 0)] = -1.0F;
  factors.right[panel_place(2, 1, 0)] = 1.0F + 0x1p-23F;
  std::vector<float> out(1);
  multiply(Cpu{}, factors, 0, out);
  EXPECT_EQ(out[0], 0x1p-22F + 0x1p-46F);
}

}  // namespace
}  // namespace slipway::transform
