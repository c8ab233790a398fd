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

// T5 and its like. transformers 4 takes the tie as the sign that the outputs are scaled; transformers 5 has a
// setting of its own for some, and without it the same sign.
constexpr auto kScaledByTie = std::to_array<std::string_view>(
    {"longt5", "mt5", "pop2piano", "switch_transformers", "t5", "udop", "umt5"});
constexpr auto kHeadless = std::to_array<std::string_view>(
    {"ForSequenceClassification", "ForTokenClassification", "ForQuestionAnswering", "Model"});
constexpr auto kWithHead =
    std::to_array<std::string_view>({"HeadModel", "HeadsModel", "MTModel", "EncoderDecoderModel"});

bool is_headless(const json::Value& config) {
  const json::Value* architectures = config.find("architectures");
  if (architectures == nullptr || !architectures->is_array() || architectures->items().size() != 1)
    return false;
  const std::string_view name = architectures->items()[0].string();
  const auto is_end = [&](std::string_view end) { return name.ends_with(end); };
  return std::ranges::any_of(kHeadless, is_end) && std::ranges::none_of(kWithHead, is_end);
}

bool says(const json::Value& level, std::string_view key) {
  const json::Value* flag = level.find(key);
  return flag != nullptr && flag->as_bool().value_or(false);
}

// As T5 1.1 and its like are trained; then a lost tie changes nothing.
bool leaves_unscaled(const json::Value& level) {
  const json::Value* flag = level.find("scale_decoder_outputs");
  return flag != nullptr && !flag->as_bool().value_or(true);
}

}  // namespace

BaseConfig base_config(const json::Value& config) {
  BaseConfig found{.tied = says_tied(config), .headless = is_headless(config)};
  for (const json::Value* level : language_levels(config)) {
    const json::Value* type = level->find("model_type");
    const std::string_view name = type == nullptr ? "" : std::string_view(type->string());
    if (says(*level, "tie_word_embeddings") && !found.tied) found.half_tied = true;
    if (std::ranges::find(kScaledByTie, name) != kScaledByTie.end() && !leaves_unscaled(*level))
      found.scaled_by_tie = name;
    if (says(*level, "scale_decoder_outputs")) found.scale_is_said = true;
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
