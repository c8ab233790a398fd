// transform/merge/expert_stack.h - the experts of a base that lie one by one, seen as the stack that an
// adapter was trained on; and an adapter of single experts, on a stack.
//
// Threads    value
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "transform/expert_names.h"
#include "transform/merge/base_names.h"
#include "transform/merge/low_rank_forms.h"

namespace slipway::transform {

struct StackedExperts {
  Shape shape{};  // of all of them in one
  std::vector<ExpertSlice> slices{};
};

// What transformers 5 holds stacked in memory lies expert by expert in most files: the gate's rows, then
// those of the other half. nullopt where it does not lie so. `name`: "gate_up_proj".
std::optional<StackedExperts> find_apart(const BaseNames& names, std::span<const MergedTensor> tensors,
                                         const std::string& module, const std::string& name);

// One expert's linear layer into its part of the stack.
Result<void> put_expert(const FormContext& context, const LoraParts& parts, const ExpertPlace& place,
                        MergedTensor& merged);

}  // namespace slipway::transform
