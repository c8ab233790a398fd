#include "transform/merge/rank_kernel.h"

#include <algorithm>
#include <array>
#include <cmath>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include "slipway/result.h"

namespace slipway::transform {
namespace {

constexpr std::size_t kGroupRows = 12;  // rows that one call of a kernel makes at most
using Strip = std::array<float, kGroupRows * kPanelColumns>;

// Makes `rows` rows of one panel: left is rows x rank, panel rank x kPanelColumns, strip rows x
// kPanelColumns.
using PanelKernel = void (*)(const float* left, const float* panel, std::size_t rows, std::size_t rank,
                             float* strip);

void portable_rows(const float* left, const float* panel, std::size_t rows, std::size_t rank, float* strip) {
  for (std::size_t i = 0; i < rows; ++i) {
    std::array<float, kPanelColumns> sum{};
    for (std::size_t k = 0; k < rank; ++k) {
      const float factor = left[i * rank + k];
      for (std::size_t j = 0; j < kPanelColumns; ++j)
        sum[j] = std::fma(factor, panel[k * kPanelColumns + j], sum[j]);
    }
    std::ranges::copy(sum, strip + i * kPanelColumns);
  }
}

#if defined(__x86_64__)

template <std::size_t kRows>
[[gnu::target("avx2,fma")]] void avx2_block(const float* left, const float* panel, std::size_t rank,
                                            float* strip) {
  for (std::size_t half = 0; half < kPanelColumns; half += 16) {
    __m256 low[kRows];
    __m256 high[kRows];
    for (std::size_t i = 0; i < kRows; ++i) low[i] = high[i] = _mm256_setzero_ps();
    const float* at = panel + half;
    for (std::size_t k = 0; k < rank; ++k, at += kPanelColumns) {
      const __m256 a = _mm256_loadu_ps(at);
      const __m256 b = _mm256_loadu_ps(at + 8);
#pragma GCC unroll 6
      for (std::size_t i = 0; i < kRows; ++i) {
        const __m256 factor = _mm256_broadcast_ss(left + i * rank + k);
        low[i] = _mm256_fmadd_ps(factor, a, low[i]);
        high[i] = _mm256_fmadd_ps(factor, b, high[i]);
      }
    }
    for (std::size_t i = 0; i < kRows; ++i) {
      _mm256_storeu_ps(strip + i * kPanelColumns + half, low[i]);
      _mm256_storeu_ps(strip + i * kPanelColumns + half + 8, high[i]);
    }
  }
}

void avx2_rows(const float* left, const float* panel, std::size_t rows, std::size_t rank, float* strip) {
  constexpr std::size_t kBlock = 6;  // twelve sums and three operands fill the sixteen registers
  for (; rows >= kBlock; rows -= kBlock, left += kBlock * rank, strip += kBlock * kPanelColumns)
    avx2_block<kBlock>(left, panel, rank, strip);
  for (; rows > 0; --rows, left += rank, strip += kPanelColumns) avx2_block<1>(left, panel, rank, strip);
}

template <std::size_t kRows>
[[gnu::target("avx512f")]] void avx512_block(const float* left, const float* panel, std::size_t rank,
                                             float* strip) {
  __m512 low[kRows];
  __m512 high[kRows];
  for (std::size_t i = 0; i < kRows; ++i) low[i] = high[i] = _mm512_setzero_ps();
  for (std::size_t k = 0; k < rank; ++k, panel += kPanelColumns) {
    const __m512 a = _mm512_loadu_ps(panel);
    const __m512 b = _mm512_loadu_ps(panel + 16);
#pragma GCC unroll 12
    for (std::size_t i = 0; i < kRows; ++i) {
      const __m512 factor = _mm512_set1_ps(left[i * rank + k]);
      low[i] = _mm512_fmadd_ps(factor, a, low[i]);
      high[i] = _mm512_fmadd_ps(factor, b, high[i]);
    }
  }
  for (std::size_t i = 0; i < kRows; ++i) {
    _mm512_storeu_ps(strip + i * kPanelColumns, low[i]);
    _mm512_storeu_ps(strip + i * kPanelColumns + 16, high[i]);
  }
}

void avx512_rows(const float* left, const float* panel, std::size_t rows, std::size_t rank, float* strip) {
  if (rows == kGroupRows) return avx512_block<kGroupRows>(left, panel, rank, strip);
  for (; rows >= 4; rows -= 4, left += 4 * rank, strip += 4 * kPanelColumns)
    avx512_block<4>(left, panel, rank, strip);
  for (; rows > 0; --rows, left += rank, strip += kPanelColumns) avx512_block<1>(left, panel, rank, strip);
}

#endif

PanelKernel kernel_of([[maybe_unused]] const Cpu& cpu) {
#if defined(__x86_64__)
  if (cpu.avx512) return avx512_rows;
  if (cpu.fma) return avx2_rows;
#endif
  return portable_rows;
}

}  // namespace

void multiply(const Cpu& cpu, const RankFactors& factors, std::size_t first_row, std::span<float> out) {
  if (factors.columns == 0) return;
  const std::size_t rows = out.size() / factors.columns;
  SLIPWAY_CHECK(rows * factors.columns == out.size() && first_row + rows <= factors.rows);
  const PanelKernel kernel = kernel_of(cpu);
  Strip strip;
  for (std::size_t panel = 0; panel < panels_of(factors.columns); ++panel) {
    const float* right = factors.right.data() + panel * factors.rank * kPanelColumns;
    const std::size_t column = panel * kPanelColumns;
    const std::size_t width = std::min(kPanelColumns, factors.columns - column);
    for (std::size_t row = 0; row < rows; row += kGroupRows) {
      const std::size_t here = std::min(kGroupRows, rows - row);
      kernel(factors.left.data() + (first_row + row) * factors.rank, right, here, factors.rank, strip.data());
      for (std::size_t i = 0; i < here; ++i)
        std::copy_n(strip.data() + i * kPanelColumns, width,
                    out.data() + (row + i) * factors.columns + column);
    }
  }
}

}  // namespace slipway::transform
