// tensor/zero/zero_weights.h - the weights of a DeepSpeed checkpoint of stage 0, 1, 2 or 3, as one lazy
// source.
//
// Contract   `folder` holds `latest` and the step's folder, or is a step's folder itself. Stages 0 to 2 keep
//            the model's own 16-bit weights: those are the source, the optimizer's in 32 bits are `masters`.
//            Stage 3 keeps the optimizer's alone. Buffers and frozen parameters keep their own type; shared
//            parameters stand under each of their names, but for those that stage 3 keeps only a placeholder
//            of: they are left out, with a warning. The optimizer's moments are never read.
// Errors     kNotFound when there is none; kCorruptData (a missing rank, sizes that contradict each other);
//            kUnsupported naming what is not put together: tensor and expert parallelism, pipelines
// Threads    value
// Source     deepspeed zero_to_fp32.py, deepspeed/checkpoint/constants.py; docs/format/zero.md
#pragma once

#include "slipway/safetensors.h"

namespace slipway::tensor {

Result<OpenedWeights> open_zero_weights(os::FileSystem& fs, const os::Path& folder);

}  // namespace slipway::tensor
