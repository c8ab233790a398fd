// card/loss_curve.h - training and validation loss by step, as a picture that needs nothing else.
//
// Contract   The same rows give the same bytes. No script, no style sheet, no font but the reader's own; no
//            background, and colours of middle lightness, so that it reads on light and dark pages.
//            Values that are not finite leave a gap. "" when there are not two points to join.
// Limits     400 points a line; longer logs are thinned evenly, first and last kept
// Threads    value
#pragma once

#include <string>
#include <string_view>

#include "card/training_facts.h"

namespace slipway::card {

std::string loss_curve(const TrainingLog& log);
// Whether an existing file of that name is one of ours; another is never written over.
bool is_loss_curve(std::string_view svg);

}  // namespace slipway::card
