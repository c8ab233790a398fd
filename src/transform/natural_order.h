// transform/natural_order.h - tensor names in the order of the model: layer 2 before layer 10.
//
// Contract   Names are compared part by part between dots: numbers by value and before words, words by their
//            bytes; equal parts leave it to the whole name's bytes. What transformers 5 saves in.
// Threads    value
// Source     transformers core_model_loading.py, dot_natural_key
#pragma once

#include <string_view>

namespace slipway::transform {

bool natural_less(std::string_view a, std::string_view b);

}  // namespace slipway::transform
