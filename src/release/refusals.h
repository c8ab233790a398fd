// release/refusals.h - what is never published, said in one sentence with the way out.
//
// Threads    value
// Errors     kUnsupported, kCorruptData, kRefused, kNotFound
#pragma once

#include <vector>

#include "release/release.h"

namespace slipway::release {

// A problem that leaves a release possible: it is said and lived with.
bool is_mild(const run::Problem& problem);
// Refuses a run that has nothing to publish or whose files lie; milder problems become warnings.
Result<void> refuse_unpublishable(const run::RunFacts& run, const Options& options,
                                  std::vector<model::Warning>& warnings);
Result<void> refuse_link(const run::RunFile& file);
// The trainer's settings hold its token as they were saved: asked for by name they go only when they were
// read and hold none.
Result<void> refuse_settings_with_token(const run::RunFacts& run, const run::RunFile& file);

}  // namespace slipway::release
