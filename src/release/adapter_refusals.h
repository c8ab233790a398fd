// release/adapter_refusals.h - adapters that are not what they say, and merges that cannot be made.
//
// Threads    value
// Errors     kRefused, kUnsupported, kInvalidArgument
#pragma once

#include "release/release.h"

namespace slipway::release {

// What must not be merged, or cannot be by its config.
Result<void> refuse_merge(const run::RunFacts& run, const Options& options);

Result<void> refuse_adapter(const run::RunFacts& run, const Options& options);

}  // namespace slipway::release
