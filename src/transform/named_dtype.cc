#include "transform/named_dtype.h"

#include <string>

#include "transform/tied.h"

namespace slipway::transform {

std::optional<tensor::Dtype> named_dtype(const json::Value& config) {
  for (const json::Value* level : language_levels(config)) {
    for (const char* key : {"dtype", "torch_dtype"}) {
      const json::Value* value = level->find(key);
      std::string name = value == nullptr ? "" : value->string();
      if (name.starts_with("torch.")) name.erase(0, 6);
      for (const tensor::Dtype dtype : {tensor::Dtype::kF32, tensor::Dtype::kF16, tensor::Dtype::kBF16})
        if (name == tensor::torch_name(dtype)) return dtype;
    }
  }
  return std::nullopt;
}

}  // namespace slipway::transform
