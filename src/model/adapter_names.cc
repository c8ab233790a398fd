#include "model/adapter_names.h"

#include <algorithm>
#include <array>
#include <ranges>

namespace slipway::model {
namespace {

constexpr auto kEmbeddings = std::to_array<std::string_view>(
    {"embed_in", "embed_out", "embed_tokens", "embeddings", "generator_lm_head", "lm_head", "output.weight",
     "output_layer", "predictions.decoder", "proj_out", "shared", "tok_embeddings", "vocab_projector",
     "word_embeddings", "word_embeddings_layernorm", "wte"});
// peft trains the heads of these tasks whatever the config says.
constexpr auto kHeads =
    std::to_array<std::string_view>({"classifier", "cls", "qa_outputs", "score", "v_head", "value_head"});

bool has_part(std::string_view name, std::string_view part) {
  const std::string within = '.' + std::string(name) + '.';
  return within.find('.' + std::string(part) + '.') != std::string::npos;
}

template <typename Range>
bool has_any_part(std::string_view name, const Range& parts) {
  return std::ranges::any_of(parts, [name](const auto& part) { return has_part(name, part); });
}

bool is_of_tuner(std::string_view name) {
  return name.find("lora") != std::string_view::npos || has_part(name, "token_adapter") ||
         name.ends_with("trainable_tokens_delta");
}

bool trains_bias(const json::Value& config) {
  const json::Value* bias = config.find("bias");
  return bias != nullptr && bias->is_string() && bias->string() != "none";
}

// As peft looks for it, by the end of a module's path: "norm" is input_layernorm too.
bool is_in_module(std::string_view name, std::string_view module) {
  return name.find(std::string(module) + '.') != std::string_view::npos;
}

bool is_declared(std::string_view name, const json::Value& config) {
  const json::Value* modules = config.find("modules_to_save");
  if (modules == nullptr) return false;
  if (modules->is_string()) return true;  // a pattern: not judged
  return std::ranges::any_of(modules->items(), [name](const json::Value& module) {
    return module.is_string() && !module.string().empty() && is_in_module(name, module.string());
  });
}

}  // namespace

bool is_nested_adapter_name(std::string_view name) {
  const std::size_t at = name.find(kPeftPrefix);
  return at != std::string_view::npos &&
         name.find(kPeftPrefix, at + kPeftPrefix.size()) != std::string_view::npos;
}

bool is_own_adapter_name(std::string_view name, const json::Value& adapter_config) {
  const json::Value* type = adapter_config.find("peft_type");
  if (type != nullptr && type->string() != "LORA") return true;
  if (is_of_tuner(name) || (trains_bias(adapter_config) && name.ends_with(".bias"))) return true;
  return is_declared(name, adapter_config) || has_any_part(name, kEmbeddings) || has_any_part(name, kHeads);
}

std::string name_in_base(std::string_view name) {
  if (is_of_tuner(name)) return "";
  if (name.starts_with(kPeftPrefix)) name.remove_prefix(kPeftPrefix.size());
  constexpr std::string_view kSaved = ".modules_to_save.";
  constexpr std::string_view kBase = ".base_layer.";
  if (const std::size_t at = name.find(kBase); at != std::string_view::npos)
    return std::string(name.substr(0, at + 1)) + std::string(name.substr(at + kBase.size()));
  const std::size_t at = name.find(kSaved);
  if (at == std::string_view::npos) return std::string(name);
  // "lm_head.modules_to_save.default.weight": the adapter's name goes as well.
  const std::string_view rest = name.substr(at + kSaved.size());
  const std::size_t dot = rest.find('.');
  return std::string(name.substr(0, at)) +
         (dot == std::string_view::npos ? "." + std::string(rest) : std::string(rest.substr(dot)));
}

}  // namespace slipway::model
