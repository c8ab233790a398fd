// tensor/zero/zero_states.h - what the state files of DeepSpeed say, without a byte of any tensor.
//
// Contract   The pickles are read as records of names; nothing is called. Of the optimizer's state only its
//            weights in 32 bits are looked at.
// Errors     kCorruptData and kUnsupported, without the file's name
// Threads    value
// Source     deepspeed/runtime/engine.py (_save_checkpoint), runtime/zero/*.py (state_dict)
#pragma once

#include <map>
#include <set>

#include "tensor/torch/state_dict.h"
#include "tensor/zero/zero_layout.h"

namespace slipway::tensor {

struct ModelStates {
  StateDict module{};
  std::set<std::string> buffers{};
  std::vector<ZeroGroup> groups{};
  std::vector<ZeroParameter> frozen{};
  std::map<std::string, TorchTensor> fragments{};             // of the frozen ones
  std::vector<std::pair<std::string, std::string>> shared{};  // alias, source
};
Result<ModelStates> read_model_states(const TorchFile& file);

struct OptimStates {
  bool stage_3 = false;
  std::uint64_t ranks = 0;
  std::vector<TorchTensor> parts{};  // one a group
};
Result<OptimStates> read_optim_states(const TorchFile& file);

}  // namespace slipway::tensor
