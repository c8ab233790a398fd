#include "transform/merge/source_floats.h"

#include <fmt/format.h>

#include "transform/cast.h"

namespace slipway::transform {

Result<std::vector<float>> read_floats(const tensor::TensorSource& source, std::size_t tensor,
                                       std::uint64_t first, std::uint64_t count) {
  const tensor::TensorInfo& info = source.catalogue()[tensor];
  const std::size_t width = tensor::dtype_bits(info.dtype) / 8;
  std::vector<float> values(static_cast<std::size_t>(count));
  const auto out = std::as_writable_bytes(std::span(values));
  if (info.dtype == tensor::Dtype::kF32) {
    SLIPWAY_TRY(source.read(tensor, first * width, out));
    return values;
  }
  ByteVector stored(static_cast<std::size_t>(count) * width);
  SLIPWAY_TRY(source.read(tensor, first * width, stored));
  CastCount overflows;
  cast_floats(info.dtype, stored, tensor::Dtype::kF32, out, overflows);
  return values;
}

Result<std::vector<float>> read_all_floats(const tensor::TensorSource& source, std::size_t tensor) {
  return read_floats(source, tensor, 0, tensor::elements_of(source.catalogue()[tensor]));
}

void pack_left(const std::vector<float>& values, const Strided& where, std::uint64_t block,
               RankFactors& factors) {
  factors.left.resize(factors.rows * factors.rank);
  const float* from = values.data() + where.begin + block * where.block_step;
  for (std::size_t i = 0; i < factors.rows; ++i)
    for (std::size_t k = 0; k < factors.rank; ++k)
      factors.left[i * factors.rank + k] = from[i * where.step + k * where.rank_step];
}

void pack_right(const std::vector<float>& values, const Strided& where, std::uint64_t block,
                RankFactors& factors) {
  factors.right.assign(panels_of(factors.columns) * factors.rank * kPanelColumns, 0.0F);
  const float* from = values.data() + where.begin + block * where.block_step;
  for (std::size_t k = 0; k < factors.rank; ++k)
    for (std::size_t j = 0; j < factors.columns; ++j)
      factors.right[panel_place(factors.rank, k, j)] = from[j * where.step + k * where.rank_step];
}

std::unexpected<Error> zero_length(std::string_view tensor, std::string_view what, std::uint64_t number) {
  return fail(ErrorCode::kCorruptData,
              fmt::format("{} {} of {} is all zeros after the change, and DoRA divides by its length; the "
                          "adapter does not fit this base",
                          what, number, tensor));
}

}  // namespace slipway::transform
