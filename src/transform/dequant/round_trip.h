// transform/dequant/round_trip.h - a 16-bit base as a 4-bit training saw it: quantised when it was loaded.
//
// Contract   The linear layers are quantised as bitsandbytes does it, in blocks of 64, and dequantised at
//            once: what such a training multiplied with. The same bytes whatever the split. Nested scales
//            take their mean off first: prepare() reads the tensor once for it (passes = 2), and a read does
//            it where nobody has. The mean is that of 64-bit sums, exact for what 16-bit weights hold;
//            bitsandbytes adds in 32 bits, in an order that its device chooses.
// Limits     memory: under 1 MiB a read
// Errors     quantised_on_load.h; the source's
// Threads    share freely
// Source     docs/format/quantised.md
#pragma once

#include <memory>

#include "slipway/tensor_source.h"
#include "transform/dequant/quantised_on_load.h"

namespace slipway::transform {

Result<std::shared_ptr<const tensor::TensorSource>> nf4_round_trip(
    std::shared_ptr<const tensor::TensorSource> source, const OnLoadSettings& settings);

}  // namespace slipway::transform
