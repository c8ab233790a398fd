#include "model/mergeable.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace slipway::model {
namespace {

using json::Value;

// A key of the config and the variant that it switches on.
struct Variant {
  std::string_view key;
  std::string_view name;
};
constexpr auto kVariants =
    std::to_array<Variant>({{"alora_invocation_tokens", "aLoRA, active after certain tokens only,"},
                            {"arrow_config", "Arrow routing"},
                            {"kasa_config", "KaSA, trained on a base with singular values removed,"},
                            {"use_qalora", "QALoRA, which pools its inputs,"}});
// Inits after which the saved adapter fits the changed base only.
constexpr auto kMutatingInits =
    std::to_array<std::string_view>({"corda", "loftq", "lora_ga", "olora", "pissa"});
constexpr auto kPlainInits = std::to_array<std::string_view>({"eva", "gaussian", "mica", "orthogonal"});

bool is_on(const Value* value) {
  if (value == nullptr || value->is_null()) return false;
  return !value->is_bool() || *value->as_bool();
}

Result<void> check_init(const Value* init) {
  if (init == nullptr || !init->is_string()) return {};
  const std::string& name = init->string();
  const auto is_this = [&name](std::string_view one) {
    return name == one || name.starts_with(std::string(one) + "_niter_");
  };
  if (std::ranges::any_of(kMutatingInits, is_this)) {
    return fail(
        ErrorCode::kRefused,
        fmt::format("init_lora_weights: {} changed the base before training, so the adapter fits that "
                    "residual base only, not the one it names; convert the adapter when peft saves it "
                    "(path_initial_model_for_weight_conversion), or publish it as an adapter",
                    name));
  }
  if (std::ranges::any_of(kPlainInits, is_this)) return {};
  return fail(ErrorCode::kRefused,
              fmt::format("init_lora_weights: {} is not known to leave the base as it was; publish it as an "
                          "adapter, without --merge",
                          name));
}

}  // namespace

Result<void> check_mergeable(const Value& config) {
  const Value* type = config.find("peft_type");
  const std::string name = type != nullptr && type->is_string() ? type->string() : "";
  if (name == "TRAINABLE_TOKENS") return {};  // rows of the embeddings, as LoRA may hold too
  if (name != "LORA") {
    return fail(
        ErrorCode::kRefused,
        fmt::format("a {} adapter cannot be merged, only those of the LoRA family can; publish it as an "
                    "adapter, without --merge",
                    name.empty() ? "nameless" : name));
  }
  for (const Variant& variant : kVariants) {
    if (!is_on(config.find(variant.key))) continue;
    return fail(
        ErrorCode::kRefused,
        fmt::format("{} ({}) cannot be expressed as one weight; publish it as an adapter, without --merge",
                    variant.name, variant.key));
  }
  return check_init(config.find("init_lora_weights"));
}

}  // namespace slipway::model
