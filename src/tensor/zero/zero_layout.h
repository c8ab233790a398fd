// tensor/zero/zero_layout.h - where the parameters lie in the vectors that DeepSpeed's ranks keep.
//
// Contract   Stages 1 and 2: a group's vector is that of its ranks, one behind the other; parameters follow
//            each other in it, and padding may stand at its end. Stage 3: each parameter is cut into as many
//            equal parts as there are ranks, the last ones padded, and every rank has its parts at the same
//            place. All are of 32 bits. Pure; sizes are checked, so that no parameter is taken from another's
//            place.
// Errors     kCorruptData saying which sizes contradict each other
// Threads    value
// Source     deepspeed zero_to_fp32.py
#pragma once

#include <string>
#include <vector>

#include "tensor/zero/flat_vector.h"

namespace slipway::tensor {

struct ZeroParameter {
  std::string name{};
  std::vector<std::uint64_t> shape{};
};
using ZeroGroup = std::vector<ZeroParameter>;  // in the order in which they were flattened

// `parts[rank][group]`
Result<std::vector<PiecedTensor>> lay_out_groups(const std::vector<ZeroGroup>& groups,
                                                 const std::vector<std::vector<FlatVector>>& parts);
// `parts[rank]`: all of a rank's groups as one vector
Result<std::vector<PiecedTensor>> lay_out_stage_3(const std::vector<ZeroGroup>& groups,
                                                  const std::vector<FlatVector>& parts);

}  // namespace slipway::tensor
