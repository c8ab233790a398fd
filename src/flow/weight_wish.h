// flow/weight_wish.h - completes what the caller wants of the weights by what they hold.
//
// Contract   Without another folder to write to, weights stay as they are, and names that no loader knows are
//            refused. Tied embeddings that are both stored are compared (read once, for that alone): a copy
//            is dropped where weights are written, and a tie that is none is reported.
// Errors     kNeedsOutput; those of reading
// Threads    one thread
#pragma once

#include "flow/publish.h"

namespace slipway::flow {

Result<release::WeightWish> decide_weights(const run::RunFacts& run, const PublishOptions& options);

// The same, as if another folder were given to write to.
Result<release::WeightWish> decide_weights_elsewhere(const run::RunFacts& run, PublishOptions options);

}  // namespace slipway::flow
