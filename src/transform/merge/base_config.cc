#include "transform/merge/base_config.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>

#include "transform/expert_models.h"
#include "transform/tied.h"

namespace slipway::transform {
namespace {

constexpr auto kTurned =
    std::to_array<std::string_view>({"aria", "aria_text", "gpt_oss", "openai_privacy_filter"});

}  // namespace

BaseConfig base_config(const json::Value& config) {
  BaseConfig found{.tied = says_tied(config)};
  for (const json::Value* level : language_levels(config)) {
    const json::Value* type = level->find("model_type");
    const std::string_view name = type == nullptr ? "" : std::string_view(type->string());
    if (std::ranges::find(kTurned, name) != kTurned.end()) found.experts_turned = true;
    if (experts_of_model(name) && !found.experts_turned) found.experts_turned = false;
  }
  return found;
}

std::optional<bool> experts_turned(std::string_view peft_version, const BaseConfig& of_base) {
  if (peft_version.empty()) return true;
  unsigned major = 0;
  unsigned minor = 0;
  const char* end = peft_version.data() + peft_version.size();
  const auto [dot, error] = std::from_chars(peft_version.data(), end, major);
  if (error != std::errc() || dot == end || *dot != '.') return std::nullopt;
  if (std::from_chars(dot + 1, end, minor).ec != std::errc()) return std::nullopt;
  if (major == 0 && minor < 19) return true;
  return major == 0 && minor == 19 ? std::nullopt : of_base.experts_turned;
}

}  // namespace slipway::transform
