// flow/frozen_tensors.h - an adapter as peft saves it, of the state of its training.
//
// Contract   A state that bears the adapter's own name ("lora_A.default.weight") may hold the frozen base
//            beside it: what adapter_config.json does not declare and what stood there before the training
//            are left out of the run's weights, and one warning tells of them. Embeddings stay unless they
//            are known to be the base's: peft saves those that have grown.
// Limits     memory: transform/tied.h
// Threads    one thread
// Errors     kRefused where a tensor that would be left out is not the base's; those of reading
#pragma once

#include <optional>
#include <vector>

#include "model/fix.h"
#include "run/run.h"

namespace slipway::flow {

// What is known of the base's weights. `far`: they lie on a Hub, and only embeddings are fetched to compare.
struct FrozenBase {
  const std::optional<tensor::OpenedWeights>& weights;
  bool far = false;
};
Result<void> leave_frozen_out(run::RunFacts& run, const FrozenBase& base,
                              std::vector<model::Warning>& warnings);

}  // namespace slipway::flow
