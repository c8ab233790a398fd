// transform/natural_order.h - tensor names in the order of the model: layer 2 before layer 10.
//
// Contract   Names are compared part by part between dots: numbers by value and before words, words by their
//            bytes; equal parts leave it to the whole name's bytes. The trainer's own order, that of its
//            state dict, cannot be told from a folder.
// Threads    value
// Source     docs/format/release.md#weights
#pragma once

#include <string_view>

namespace slipway::transform {

bool natural_less(std::string_view a, std::string_view b);

}  // namespace slipway::transform
