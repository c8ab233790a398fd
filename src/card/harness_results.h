// card/harness_results.h - a results file of lm-evaluation-harness, told in the Hub's own form.
//
// Contract   Tasks that measure a registered benchmark become results; others are left out with a warning
//            that names them. What was taken, and how it was asked, stands in the notes.
// Threads    value
// Source     lm-evaluation-harness 0.4 (evaluator.py, evaluation_tracker.py)
#pragma once

#include <string_view>

#include "card/eval_results.h"

namespace slipway::card {

Result<void> read_harness_results(std::string_view text, std::string_view file, EvalResults& results);

}  // namespace slipway::card
