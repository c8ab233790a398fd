// tensor/dcp/open_dcp.h - a PyTorch distributed checkpoint (DCP), as FSDP leaves it, as one lazy source.
//
// Contract   Read are `.metadata` and the head of every item; no tensor's bytes. Of dicts the model's
//            weights, under their names in it; the rest is named in the warnings. Boxes must be disjoint and
//            cover their tensor.
// Errors     kNotFound: no such checkpoint; kCorruptData: no `.metadata` (the save did not end), a .distcp
//            that is not there or not what `.metadata` says; kUnsupported: transformed bytes, a dtype without
//            a name in safetensors; kRefused: a pickle that names what has no place in it
// Threads    value
// Source     torch/distributed/checkpoint/filesystem.py; accelerate fsdp_utils.py
#pragma once

#include "slipway/safetensors.h"

namespace slipway::tensor {

// Looks into `folder`/pytorch_model_fsdp_0, then into `folder` itself.
Result<OpenedWeights> open_dcp_weights(os::FileSystem& fs, const os::Path& folder);

}  // namespace slipway::tensor
