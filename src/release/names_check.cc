#include "release/names_check.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include <fmt/format.h>
#include "transform/tied.h"

namespace slipway::release {
namespace {

using tensor::TensorInfo;
using Names = std::span<const std::string_view>;

constexpr std::uint64_t kLayersMax = 100'000;
constexpr std::string_view kModel = "model.";

constexpr auto kNorms = std::to_array<std::string_view>({"input_layernorm", "post_attention_layernorm"});
constexpr auto kFourNorms =
    std::to_array<std::string_view>({"input_layernorm", "post_attention_layernorm",
                                     "pre_feedforward_layernorm", "post_feedforward_layernorm"});
constexpr auto kMatrices =
    std::to_array<std::string_view>({"self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj",
                                     "self_attn.o_proj", "mlp.gate_proj", "mlp.up_proj", "mlp.down_proj"});
constexpr auto kFused = std::to_array<std::string_view>(
    {"self_attn.qkv_proj", "self_attn.o_proj", "mlp.gate_up_proj", "mlp.down_proj"});

struct Class {
  std::string_view name;
  std::string_view model_type;  // another one has the class, and names of its own
  Names norms;
  Names matrices;
};
constexpr auto kClasses = std::to_array<Class>({{"LlamaForCausalLM", "llama", kNorms, kMatrices},
                                                {"MistralForCausalLM", "mistral", kNorms, kMatrices},
                                                {"Qwen2ForCausalLM", "qwen2", kNorms, kMatrices},
                                                {"Qwen3ForCausalLM", "qwen3", kNorms, kMatrices},
                                                {"GemmaForCausalLM", "gemma", kNorms, kMatrices},
                                                {"Gemma2ForCausalLM", "gemma2", kFourNorms, kMatrices},
                                                {"Gemma3ForCausalLM", "gemma3_text", kFourNorms, kMatrices},
                                                {"Phi3ForCausalLM", "phi3", kNorms, kFused}});

const Class* class_of(const json::Value& config) {
  const json::Value* names = config.find("architectures");
  const json::Value* type = config.find("model_type");
  const bool one = names != nullptr && names->is_array() && names->items().size() == 1;
  if (!one || type == nullptr || config.find("auto_map") != nullptr) return nullptr;
  const auto at = std::ranges::find(kClasses, names->items()[0].string(), &Class::name);
  return at == kClasses.end() || at->model_type != type->string() ? nullptr : &*at;
}

std::uint64_t number(const json::Value& config, std::string_view key) {
  const json::Value* value = config.find(key);
  return value == nullptr ? 0 : value->as_uint().value_or(0);
}

class NamesCheck {
 public:
  NamesCheck(std::span<const TensorInfo> catalogue, const json::Value& config, const Class& wanted)
      : catalogue_(catalogue), config_(config), wanted_(wanted) {
    for (const TensorInfo& info : catalogue) places_.emplace(plain(info.name), &info);
  }

  Result<void> run() const {
    const bool by_output = places_.contains("lm_head.weight") && transform::says_tied(config_);
    if (!by_output) SLIPWAY_TRY(find("embed_tokens", false));
    SLIPWAY_TRY(find("norm", true));
    for (std::uint64_t i = 0; i < std::min(number(config_, "num_hidden_layers"), kLayersMax); ++i) {
      for (const std::string_view norm : wanted_.norms)
        SLIPWAY_TRY(find(fmt::format("layers.{}.{}", i, norm), true));
      for (const std::string_view matrix : wanted_.matrices)
        SLIPWAY_TRY(find(fmt::format("layers.{}.{}", i, matrix), false));
    }
    return {};
  }

 private:
  // Loaders find a base model's own names as well.
  static std::string_view plain(std::string_view name) {
    return name.starts_with(kModel) ? name.substr(kModel.size()) : name;
  }

  Result<void> find(const std::string& module, bool is_norm) const {
    const std::string name = module + ".weight";
    const auto at = places_.find(name);
    if (at == places_.end()) return missing(name);
    const std::uint64_t width = number(config_, "hidden_size");
    const auto& shape = at->second->shape;
    if (!is_norm || width == 0 || (shape.size() == 1 && shape[0] == width)) return {};
    return fail(
        ErrorCode::kCorruptData,
        fmt::format("{} is not of hidden_size {}, as config.json says: no loader takes it; save model "
                    "and config together",
                    at->second->name, width));
  }

  std::unexpected<Error> missing(const std::string& name) const {
    return fail(ErrorCode::kCorruptData,
                fmt::format("{}{} is missing and config.json says {}, so loaders would fill it with random "
                            "values{}; save the model again",
                            kModel, name, wanted_.name, other_names(name)));
  }

  // ", (there is policy.model.embed_tokens.weight)"
  std::string other_names(const std::string& name) const {
    const auto at = std::ranges::find_if(
        catalogue_, [&](const TensorInfo& info) { return info.name.ends_with("." + name); });
    return at == catalogue_.end() ? ""
                                  : fmt::format(
                                        " (there is {}, which none looks for: take what stands in front "
                                        "out of the names)",
                                        at->name);
  }

  std::span<const TensorInfo> catalogue_;
  const json::Value& config_;
  const Class& wanted_;
  std::unordered_map<std::string_view, const TensorInfo*> places_{};
};

}  // namespace

Result<void> check_names(std::span<const TensorInfo> catalogue, const json::Value& config) {
  const Class* wanted = class_of(config);
  return wanted == nullptr ? Result<void>() : NamesCheck(catalogue, config, *wanted).run();
}

}  // namespace slipway::release
