// release/layer_check.h - is there one layer that is not as all the others are?
//
// Contract   Headers only. A model whose layers come in several forms on purpose has them in groups: only
// what
//            stands alone among layers that agree is named. The first layer may lack what the others have
//            (some classes normalise nothing before it).
// Limits     names as long as the catalogue's; a layer's number below 100,000
// Threads    value
#pragma once

#include <span>
#include <string>
#include <vector>

#include "slipway/tensor_source.h"

namespace slipway::release {

struct OddTensor {
  std::string name{};
  std::string file{};     // where it lies, or where its neighbours do
  std::string message{};  // one sentence
};

std::vector<OddTensor> odd_tensors(std::span<const tensor::TensorInfo> catalogue);

}  // namespace slipway::release
