// tensor/torch/torch_dtype.h - torch's names of element types: of storage classes and of dtypes.
//
// Errors     kUnsupported naming the type: safetensors has no place for it, or its bytes are not its values
// Threads    value
#pragma once

#include <string_view>

#include "slipway/dtype.h"
#include "slipway/result.h"

namespace slipway::tensor {

Result<Dtype> dtype_of_storage(std::string_view class_name);  // "BFloat16Storage"
Result<Dtype> dtype_of_torch(std::string_view name);          // "bfloat16"
}  // namespace slipway::tensor
