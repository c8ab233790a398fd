// transform/expert_models.h - which models keep their experts under which of the two families' names.
//
// Threads    value
// Source     transformers 5.24 conversion_mapping.py: those whose experts follow "mixtral" or "qwen2_moe"
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace slipway::transform {

enum class ExpertFamily : std::uint8_t {
  kMixtral,  // block_sparse_moe.experts.3.w1
  kQwen,     // mlp.experts.3.gate_proj
};
std::optional<ExpertFamily> experts_of_model(std::string_view model_type);

}  // namespace slipway::transform
