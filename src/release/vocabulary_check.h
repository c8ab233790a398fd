// release/vocabulary_check.h - are there words beside the tokenizer's settings?
//
// Contract   Names of files alone. Classes that read bytes need none, and code of one's own may keep them
//            anywhere.
// Threads    value
#pragma once

#include <vector>

#include "model/fix.h"
#include "run/run.h"

namespace slipway::release {

void report_missing_vocabulary(const run::RunFacts& run, std::vector<model::Warning>& warnings);

}  // namespace slipway::release
