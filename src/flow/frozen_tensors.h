// flow/frozen_tensors.h - an adapter as peft saves it, of the state of its training.
//
// Contract   A state that bears the adapter's own name ("lora_A.default.weight") may hold the frozen base
// beside
//            it: what adapter_config.json does not declare and what stood there before the training are left
//            out of the run's weights, and one warning tells of them. Embeddings stay unless they are known
//            to be the base's: peft saves those that have grown. `base_weights` are read for that: those of
//            this machine only.
// Limits     memory: transform/tied.h
// Threads    one thread
// Errors     kRefused where a tensor that would be left out is not the base's; those of reading
#pragma once

#include <optional>
#include <vector>

#include "model/fix.h"
#include "run/run.h"

namespace slipway::flow {

Result<void> leave_frozen_out(run::RunFacts& run, const std::optional<tensor::OpenedWeights>& base_weights,
                              std::vector<model::Warning>& warnings);

}  // namespace slipway::flow
