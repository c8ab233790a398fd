// release/training_facts.h - gathers what the card says of training: log, results, settings, versions.
//
// Contract   Results are those of the model that is published: of eval_results.json, else of
//            all_results.json, else of the log's last evaluation if that was at the last step. A file that
//            cannot be read is a warning, never a failure: a card does not block the weights.
// Threads    value
#pragma once

#include <vector>

#include "card/card.h"
#include "release/release.h"

namespace slipway::release {

card::TrainingFacts gather_training_facts(const run::RunFacts& run, const Options& options,
                                          std::vector<model::Warning>& warnings);

}  // namespace slipway::release
