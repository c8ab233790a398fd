// transform/merge/wrapped_parameters.h - the parameters of a module that target_parameters names.
//
// Contract   As peft matches them: "experts.gate_up_proj" is a parameter of every module that ends in
//            "experts", "gate_up_proj" one of every module that holds it itself, which `holds` says.
// Threads    value
// Source     peft tuners/tuners_utils.py (_inject_parameters); transformers 5 and peft write the bare names
//            into the config of an adapter that was told w1, w2, w3 or all-linear
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::transform {

// Each once, in the order of `targets`.
std::vector<std::string> parameters_of(std::string_view module, std::span<const std::string> targets,
                                       const std::function<bool(const std::string& parameter)>& holds);

}  // namespace slipway::transform
