// transform/restacked_experts.h - the experts of a model stacked as transformers 5 holds them in memory, or
// one by one as transformers 4 and published files keep them.
//
// Contract   The same numbers under the other era's names and shapes: every byte is copied, none is computed.
//            Mixtral's blocks change their name with it. A model that is in that form already is given back.
// Limits     4,096 experts of a layer
// Errors     kCorruptData naming the tensor: experts of a stack that are not all there, or not alike;
//            kInvalidArgument: a model without experts
// Threads    value
// Source     docs/format/experts.md
#pragma once

#include <memory>

#include "slipway/tensor_source.h"
#include "transform/expert_models.h"

namespace slipway::transform {

Result<std::shared_ptr<const tensor::TensorSource>> restack_experts(
    std::shared_ptr<const tensor::TensorSource> source, ExpertFamily family, bool stacked);

}  // namespace slipway::transform
