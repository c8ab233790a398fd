// flow/unchanged_tensors.h - whole tensors of an adapter that are the base's, byte for byte.
//
// Contract   Compares what both hold under one name, in one shape; a narrower type of the base is widened as
//            peft widens it. Nothing where the base's weights are not on this machine. Reads those tensors
//            once, for that alone.
// Limits     memory: transform/tied.h
// Threads    one thread
// Errors     those of reading
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "run/run.h"

namespace slipway::flow {

Result<std::vector<std::string>> find_unchanged_tensors(
    const run::RunFacts& run, const std::optional<tensor::OpenedWeights>& base_weights);

}  // namespace slipway::flow
