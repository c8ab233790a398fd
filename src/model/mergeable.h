// model/mergeable.h - whether an adapter can be merged into its base, by its config alone.
//
// Contract   The LoRA family can; every other peft_type, a variant that no single weight can express, and an
//            init that changed the base are refused by name.
// Errors     kRefused
// Source     docs/design.md rule 5; peft tuners/lora/config.py
// Threads    value
#pragma once

#include "slipway/json.h"
#include "slipway/result.h"

namespace slipway::model {

Result<void> check_mergeable(const json::Value& adapter_config);

}  // namespace slipway::model
