// tensor/torch/torch_weights.h - the weights of a folder that torch.save wrote, as one lazy source.
//
// Contract   `pytorch_model.bin`, or the shards that its index names, or `adapter_model.bin`; where both are,
//            the single file is taken, as loaders do. Tensors that share a storage are each there; two that
//            are the same range of it have the same extent().
// Limits     those of make_piece_source()
// Errors     kNotFound when neither file nor index is there; else as open_weights(), and those of TorchFile
// Threads    value
#pragma once

#include "slipway/safetensors.h"

namespace slipway::tensor {

Result<OpenedWeights> open_torch_weights(os::FileSystem& fs, const os::Path& folder, std::string_view stem);

}  // namespace slipway::tensor
