// release/main_dtype.h - the float type that most parameters of a release have.
//
// Contract   Of F64, F32, F16 and BF16, by stored elements; quantised floats are not counted. A cast that
//            is wished for counts as done.
// Threads    value
#pragma once

#include <string_view>

#include "release/release.h"

namespace slipway::release {

// Torch's name, "bfloat16"; "" where no tensor is of such a type.
std::string_view main_dtype(const run::RunFacts& run, const WeightWish& wish);

}  // namespace slipway::release
