// transform/merge/source_floats.h - an adapter's values as F32, and packed for the kernel.
//
// Threads    value
// Errors     the source's; zero_length is kCorruptData
#pragma once

#include <string_view>
#include <vector>

#include "slipway/tensor_source.h"
#include "transform/merge/merge_plan.h"
#include "transform/merge/rank_kernel.h"

namespace slipway::transform {

// `count` elements of a castable tensor from the element `first`.
Result<std::vector<float>> read_floats(const tensor::TensorSource& source, std::size_t tensor,
                                       std::uint64_t first, std::uint64_t count);
Result<std::vector<float>> read_all_floats(const tensor::TensorSource& source, std::size_t tensor);

// Of a whole tensor's values, what one block's factors are.
void pack_left(const std::vector<float>& values, const Strided& where, std::uint64_t block,
               RankFactors& factors);
void pack_right(const std::vector<float>& values, const Strided& where, std::uint64_t block,
                RankFactors& factors);

std::unexpected<Error> zero_length(std::string_view tensor, std::string_view what, std::uint64_t number);

}  // namespace slipway::transform
