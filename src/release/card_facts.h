// release/card_facts.h - gathers what the model card says from run, rules, base, options and the plan so far.
//
// Contract   The tensors are those that are published, after casts and dropped copies. Warnings go to the
//            plan.
//
// Threads    value
#pragma once

#include <optional>

#include "card/card.h"
#include "model/rules.h"
#include "release/release.h"

namespace slipway::release {

card::CardFacts gather_card_facts(const run::RunFacts& run, const model::RuleOutcome& rules,
                                  const model::Tokenizer& tokenizer,
                                  const std::optional<run::BaseModel>& base, const Options& options,
                                  Plan& plan);

}  // namespace slipway::release
