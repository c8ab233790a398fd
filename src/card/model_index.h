// card/model_index.h - the run's own results in the front matter, beside those of people.
//
// Contract   Ours is one result: the task, the data set that was evaluated, every metric that is finite.
//            Which of the results that stand there are ours is told by the card's own evaluation part. A
//            person's results stay. Nothing is said of a data set that is not known.
// Threads    value
// Source     hub-docs modelcard.md; huggingface_hub repocard_data.py
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "card/card.h"
#include "text/yaml.h"

namespace slipway::card {

// The new value of `model-index`: an empty list when none is left; absent where nothing may be touched.
std::optional<json::Value> renewed_model_index(const yaml::Node* existing, const CardFacts& facts,
                                               const std::vector<Setting>& shown_results);

// Of a generated card's `model-index`: the results that its text does not list as `measured`, for those are
// somebody's. Absent when none is left.
std::optional<json::Value> persons_model_index(const yaml::Node* existing,
                                               const std::vector<Metric>& measured);

}  // namespace slipway::card
