// flow/merge_base.h - the numbers that an adapter is merged onto: the base as it is stored, or as a 4-bit
// training saw it.
//
// Contract   A base stored in 4 bits by bitsandbytes is dequantised: there is no other way. A base in 16 bits
// stays as
//            it is, with a warning where the adapter was trained on it in 4 bits; `as_trained` (--dequantise)
//            quantises and dequantises it as that training did. Nothing is read but names and states.
// Errors     kUnsupported, naming what the base is quantised with; transform/dequant/quantised_on_load.h
// Threads    value
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "model/fix.h"
#include "run/run.h"

namespace slipway::flow {

struct MergeBase {
  std::shared_ptr<const tensor::TensorSource> source{};
  std::string said{};  // for report and card: "the base as it is stored"
  std::vector<model::Warning> warnings{};
};

// `run`: the adapter's, whose config.json the trainer may have left.
Result<MergeBase> choose_merge_base(const run::RunFacts& base, const run::RunFacts& run, bool as_trained);

}  // namespace slipway::flow
