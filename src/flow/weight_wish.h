// flow/weight_wish.h - completes what the caller wants of the weights by what they hold.
//
// Contract   Without another folder to write to, weights stay as they are. A tied copy is dropped when the
//            config ties, both embeddings are stored and their bytes are equal (read once, for that alone).
// Errors     kNeedsOutput; those of reading
// Threads    one thread
#pragma once

#include "flow/publish.h"

namespace slipway::flow {

Result<release::WeightWish> decide_weights(const run::RunFacts& run, const PublishOptions& options);

}  // namespace slipway::flow
