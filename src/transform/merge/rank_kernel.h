// transform/merge/rank_kernel.h - the product of two thin matrices, a block of its rows at a time.
//
// Contract   out[i][j] is one chain: 0, then fma(left[i][k], right[k][j], it) for k = 0, 1, ... in F32. So a
//            value depends on nothing but its row and column: the same bits for any block, any thread, and on
//            every path (AVX-512, AVX2, std::fma).
// Limits     right is kept in panels of kPanelColumns columns, filled up with zeros
// Threads    value
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "base/cpu.h"

namespace slipway::transform {

inline constexpr std::size_t kPanelColumns = 32;

struct RankFactors {
  std::size_t rows = 0;
  std::size_t rank = 0;
  std::size_t columns = 0;
  std::vector<float> left{};   // rows x rank
  std::vector<float> right{};  // panels of rank x kPanelColumns

  std::size_t size_bytes() const { return (left.size() + right.size()) * sizeof(float); }
};

// Where right[k][j] stands in its panels.
inline std::size_t panel_place(std::size_t rank, std::size_t k, std::size_t column) {
  return (column / kPanelColumns * rank + k) * kPanelColumns + column % kPanelColumns;
}
inline std::size_t panels_of(std::size_t columns) { return (columns + kPanelColumns - 1) / kPanelColumns; }

// `out`: whole rows, from `first_row`.
void multiply(const Cpu& cpu, const RankFactors& factors, std::size_t first_row, std::span<float> out);

}  // namespace slipway::transform
