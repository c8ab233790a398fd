// tensor/dcp/weights_of.h - which tensors of a distributed checkpoint are the model's, and their names in it.
//
// Contract   Trainers save a dict of dicts: the weights lie under "model" (accelerate, lightning), under
//            "app" and "model", or beside "optimizer" (torchtitan). Dicts are told by the planner's paths,
//            never by cutting names. Optimizers, schedulers and counters are left out, and named.
// Errors     kRefused: several dicts of tensors, none of them known as the weights; kNotFound: no tensors
// Threads    value
#pragma once

#include <string>
#include <vector>

#include "slipway/result.h"
#include "tensor/dcp/metadata.h"

namespace slipway::tensor {

struct DcpWeight {
  std::size_t tensor = 0;  // of DcpMetadata::tensors
  std::string name{};      // without the dicts around it
};
struct DcpWeights {
  std::vector<DcpWeight> weights{};
  std::vector<std::string> left_out{};  // the dicts that hold no weights, sorted: "optimizer"
};
Result<DcpWeights> weights_of(const DcpMetadata& metadata);

}  // namespace slipway::tensor
