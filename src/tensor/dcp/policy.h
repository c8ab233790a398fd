// tensor/dcp/policy.h - which names the `.metadata` of a distributed checkpoint may hold.
//
// Contract   The classes of torch.distributed.checkpoint's own metadata, under the modules they had since
//            torch 1.12, sizes and dtypes, and the paths of Python's versions. Everything else is refused by
//            name.
// Threads    share freely
// Source     torch/distributed/checkpoint/metadata.py, filesystem.py; CPython Lib/pathlib
#pragma once

#include "pickle/policy.h"

namespace slipway::tensor {

const pickle::Policy& dcp_metadata_policy();

}  // namespace slipway::tensor
