// run/weights.h - the weights of a run's folder: which set is the one, and what is wrong with them.
//
// Contract   Fills RunFacts::weights, format, output_rows and problems; other facts must stand already.
// Threads    value
#pragma once

#include "run/walk.h"

namespace slipway::run {

// `facts.adapter` decides which weights are looked for. Only kIo and the like are failures.
Result<void> find_weights(os::FileSystem& fs, const Walked& walked, RunFacts& facts);

// ZeRO-3 leaves a placeholder of shape [0] for every parameter that another rank holds; an empty buffer of a
// whole model is its own. Null when there is none.
const tensor::TensorInfo* find_placeholder(const RunFacts& facts);

// Weights that are read here and that no release holds as they are.
struct ForeignWeights {
  std::string_view code{};   // "weights-pickled": some loaders take them; "weights-of-training": none does
  std::string_view words{};  // what they are and who reads them, to stand behind a file's name
};
std::optional<ForeignWeights> foreign_weights(const RunFacts& facts);

// Rows of the output layer, else of the input embeddings; nullopt when neither is stored as a float matrix.
std::optional<std::uint64_t> output_rows(std::span<const tensor::TensorInfo> catalogue);

}  // namespace slipway::run
