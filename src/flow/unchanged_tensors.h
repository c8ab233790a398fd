// flow/unchanged_tensors.h - whole tensors of an adapter that are the base's, byte for byte.
//
// Contract   Compares what both hold under one name, in one shape; a narrower type of the base is widened as
//            peft widens it. Nothing where the base's weights are not on this machine. Reads those tensors
//            once, for that alone.
// Limits     memory: transform/tied.h
// Threads    one thread
// Errors     those of reading
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "run/run.h"

namespace slipway::flow {

Result<std::vector<std::string>> find_unchanged_tensors(
    const run::RunFacts& run, const std::optional<tensor::OpenedWeights>& base_weights);

// Whether the two hold the same; nothing where their shapes or kinds of number do not let them be compared.
Result<std::optional<bool>> compare_with_base(const tensor::TensorSource& adapter, std::size_t mine,
                                              const std::shared_ptr<const tensor::TensorSource>& base,
                                              std::size_t theirs);

}  // namespace slipway::flow
