// tensor/torch/state_dict.h - the tensors of an object that torch.save wrote, under their dotted names.
//
// Contract   Goes through dicts, lists and tuples: {"a": {"b": [t]}} holds "a.b.0". What is no tensor is
//            counted and named, not read.
// Limits     a million values, written out without sharing
// Errors     kCorruptData for a name that stands twice; those of TorchFile::tensor, naming the tensor
// Threads    value
#pragma once

#include <string>
#include <vector>

#include "tensor/torch/torch_file.h"

namespace slipway::tensor {

struct StateDict {
  std::vector<std::pair<std::string, TorchTensor>> tensors{};  // in the order of the file
  std::vector<std::string> others{};                           // names of what is no tensor
};

Result<StateDict> read_state_dict(const TorchFile& file, pickle::NodeId root);

// The same of a whole file. Scripts save {"state_dict": {...}, "optimizer": {...}, "epoch": 3}: where no
// tensor lies beside it, the dict that is known to hold a model's weights is read, and the rest named in
// `others`.
Result<StateDict> read_weights(const TorchFile& file);

}  // namespace slipway::tensor
