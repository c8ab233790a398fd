// release/adapter_refusals.h - adapters that are not what they say, and merges that cannot be made.
//
// Threads    value
// Errors     kRefused, kUnsupported, kInvalidArgument
#pragma once

#include "release/release.h"

namespace slipway::release {

Result<void> refuse_adapter(const run::RunFacts& run, const Options& options);

}  // namespace slipway::release
