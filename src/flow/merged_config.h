// flow/merged_config.h - the base's config.json as the merged model's.
//
// Contract   What the merge has made another: rows of the embeddings, the number of layers, and for a
//            classifier's head that the base has not the architecture and the labels, which the run's own
//            config.json says, else the head. Each change is told.
// Errors     kCorruptData: a config that is no JSON object
// Threads    value
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "run/run.h"
#include "slipway/result.h"
#include "transform/merge/merge_plan.h"

namespace slipway::flow {

struct ConfigChanges {
  std::optional<std::uint64_t> rows{};
  std::optional<std::uint64_t> labels{};
  std::string head_class{};             // of a classifier: "ForSequenceClassification", or all of its name
  std::vector<std::uint64_t> layers{};  // the base's layer of each; empty: they stay
};

// "vocab_size 320 -> 322" of each change.
Result<std::vector<std::string>> adjust_config(const ConfigChanges& changes, const run::RunFacts& run,
                                               run::RunFacts& merged);

}  // namespace slipway::flow
