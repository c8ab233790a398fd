// release/lora_check.h - do the two matrices of each LoRA stand together, in the rank that the config says?
//
// Contract   Headers and adapter_config.json only. Other methods than LoRA, and ranks that the config gives
//            one by one, are not judged.
// Threads    value
// Errors     kCorruptData naming the tensor
#pragma once

#include "run/run.h"
#include "slipway/result.h"

namespace slipway::release {

Result<void> check_lora(const run::RunFacts& run);

}  // namespace slipway::release
