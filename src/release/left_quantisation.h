// release/left_quantisation.h - a config that speaks of bitsandbytes beside weights that are plain floats.
//
// Contract   Names and types decide; no tensor byte is read. Only where every tensor is a float.
// Threads    value
#pragma once

#include "run/run.h"

namespace slipway::release {

bool is_quantisation_left(const run::RunFacts& run);

}  // namespace slipway::release
