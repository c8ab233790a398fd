// tensor/dcp/sharded_safetensors.h - a distributed checkpoint in safetensors clothing, not yet consolidated:
// each rank's boxes in files of its own, "shard-00001-model-00001-of-00002.safetensors", here or in
// "sharded".
//
// Contract   A tensor reaches as far as its boxes do; holes and overlaps are refused. Nothing but headers is
//            read here.
// Limits     those of safetensors headers
// Errors     kNotFound: no such files; kCorruptData naming file and tensor; kIo
// Threads    value
// Source     torch/distributed/checkpoint/hf_storage.py, _hf_utils.py
#pragma once

#include <string_view>

#include "slipway/safetensors.h"

namespace slipway::tensor {

bool is_sharded_safetensors(std::string_view file_name);

Result<OpenedWeights> open_sharded_safetensors(os::FileSystem& fs, const os::Path& folder);

}  // namespace slipway::tensor
