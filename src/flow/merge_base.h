// flow/merge_base.h - the numbers that an adapter is merged into: the base's as they are stored, or as a
// 4-bit training saw them.
//
// Contract   In 16 bits: the base's own, with a warning where the adapter was trained on them in 4 bits; one
//            that is stored quantised is refused. In 4 bits: a base that bitsandbytes stored is dequantised,
//            another is quantised and dequantised as that training did: by the config.json that the trainer
//            left, else by the recipe. Only names and states are read.
// Errors     kRefused, kUnsupported, naming the way out; transform/dequant/quantised_on_load.h
// Threads    value
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "model/fix.h"
#include "recipe/recipe.h"
#include "run/run.h"

namespace slipway::flow {

struct MergeBase {
  std::shared_ptr<const tensor::TensorSource> source{};
  std::string into{};  // what of the base, as the card says it
  std::vector<model::Warning> warnings{};
  std::size_t state_tensors = 0;  // of 4-bit weights that are read as floats
  std::string settings{};         // what else than the base's files the numbers depend on
};

// `run`: the adapter's.
Result<MergeBase> choose_merge_base(const run::RunFacts& base, const run::RunFacts& run,
                                    const recipe::Recipe& recipe, bool onto_4bit);

}  // namespace slipway::flow
