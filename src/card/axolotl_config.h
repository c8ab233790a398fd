// card/axolotl_config.h - the configuration that axolotl folds into the cards it generates.
//
// Contract   Somebody wrote that configuration, so it is the one part of a generated card that is kept as it
//            stands. Found only in the very shape that axolotl gives it, else there is none.
// Threads    value
// Source     axolotl train.py, setup_model_card: 0.4 to 0.17
#pragma once

#include <string>
#include <string_view>

namespace slipway::card {

// Whole lines of `body`, from <details> to </details>; empty when there is none.
std::string_view axolotl_config(std::string_view body);
std::string without_axolotl_config(std::string_view body);

}  // namespace slipway::card
