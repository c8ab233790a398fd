// release/layer_check.h - is there one layer that is not as all the others are?
//
// Contract   Headers only. A model whose layers come in several forms on purpose has them in groups: only
//            what stands alone among layers that agree is named. The first and the last layer may lack a
//            norm. Widths of convolutions, which grow from layer to layer, are not held against each other. A
//            model that is quantised keeps single tensors in another form: this is not for it.
// Limits     names as long as the catalogue's; a layer's number below 100,000
// Threads    value
// Source     no class of transformers 4.57 or 5.24 is odd (tests/python/every_class_test.py)
#pragma once

#include <span>
#include <string>
#include <vector>

#include "run/run.h"
#include "slipway/tensor_source.h"

namespace slipway::release {

struct OddTensor {
  std::string name{};
  std::string file{};     // where it lies, or where its neighbours do
  std::string message{};  // one sentence
};

std::vector<OddTensor> odd_tensors(std::span<const tensor::TensorInfo> catalogue);

// The same of what a run holds, or a release of it will; nothing where its layers may differ on purpose.
std::vector<OddTensor> odd_tensors_of(const run::RunFacts& run,
                                      std::span<const tensor::TensorInfo> catalogue);

}  // namespace slipway::release
