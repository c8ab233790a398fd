// release/weights_plan.h - the weights of a release laid out anew: cast, cut into shards, without a tied
// copy.
//
// Contract   Pure: plans contents and fixes; no weight byte is read. Without a shard size (and without
//            `rewrite`) the run's own files keep their tensors; shards are cut in the names' natural order.
// Errors     kInvalidArgument: a cast of quantised weights, a shard size below one byte
// Threads    value
// Source     docs/format/release.md#weights
#pragma once

#include "release/assembly.h"

namespace slipway::release {

Result<void> lay_out_weights(const run::RunFacts& run, const WeightWish& wish, Assembly& assembly,
                             Plan& plan);

}  // namespace slipway::release
