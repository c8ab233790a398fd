// release/weights_check.h - do the tensors make the model that config.json describes?
//
// Contract   Headers and config only; no tensor byte is read. What is refused here would load with random
//            weights, or not at all. A layout that is not known (transform/embeddings.h) is not judged, nor
//            what quantisation stores in other shapes.
// Threads    value
// Errors     kCorruptData naming the tensor and the way out
#pragma once

#include <vector>

#include "model/fix.h"
#include "model/tokenizer.h"
#include "run/run.h"
#include "slipway/result.h"

namespace slipway::release {

Result<void> check_weights(const run::RunFacts& run, const model::Tokenizer& tokenizer,
                           std::vector<model::Warning>& warnings);

}  // namespace slipway::release
