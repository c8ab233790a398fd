#include "transform/expert_models.h"

#include <algorithm>
#include <array>

namespace slipway::transform {
namespace {

constexpr auto kMixtral = std::to_array<std::string_view>({"minimax", "mixtral"});
constexpr auto kQwen = std::to_array<std::string_view>(
    {"afmoe", "cohere2_moe", "deepseek_v2", "deepseek_v3", "deepseek_v32", "dots1", "flex_olmo", "glm4_moe",
     "glm4_moe_lite", "glm_moe_dsa", "hunyuan_v1_moe", "mellum", "olmoe", "qwen2_moe", "qwen3_moe",
     "qwen3_next", "sarvam_mla", "solar_open"});

}  // namespace

std::optional<ExpertFamily> experts_of_model(std::string_view model_type) {
  if (std::ranges::binary_search(kMixtral, model_type)) return ExpertFamily::kMixtral;
  if (std::ranges::binary_search(kQwen, model_type)) return ExpertFamily::kQwen;
  return std::nullopt;
}

}  // namespace slipway::transform
