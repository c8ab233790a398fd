#include "flow/frozen_tensors.h"

#include <algorithm>
#include <array>
#include <unordered_map>

#include <fmt/format.h>

#include "flow/unchanged_tensors.h"
#include "model/adapter_names.h"
#include "slipway/json.h"
#include "tensor/tensor_name.h"
#include "transform/merge/adapter_keys.h"
#include "transform/view_source.h"
#include "transform/wrapped_names.h"

namespace slipway::flow {
namespace {

using tensor::TensorInfo;

constexpr std::string_view kRows = ".token_adapter.trainable_tokens_delta";
constexpr auto kOutputs =
    std::to_array<std::string_view>({".lm_head", ".embed_out", ".output_layer", ".proj_out"});

bool has(const TensorInfo& info, std::string_view part) { return info.name.contains(part); }

bool bears_own_name(const TensorInfo& info) {
  return has(info, "lora_") && transform::saved_name(info.name) != info.name;
}

bool is_lora_state(const run::RunFacts& run) {
  return run.adapter && run.adapter->peft_type == "LORA" && run.weights &&
         std::ranges::any_of(run.weights->source->catalogue(), bears_own_name);
}

// Transformers' own add_adapter wraps no model: its names lack what peft, and its save_pretrained, put before
// them.
bool lacks_prefix(std::span<const TensorInfo> catalogue) {
  return std::ranges::none_of(catalogue,
                              [](const TensorInfo& info) { return has(info, model::kPeftPrefix); });
}

// Names of other tuners are not known here, but that of an adapter stands in none that peft saved.
Result<void> refuse_state_of_another(const run::RunFacts& run) {
  if (!run.adapter || !run.weights || run.adapter->peft_type == "LORA") return {};
  for (const TensorInfo& info : run.weights->source->catalogue()) {
    if (!(info.name + '.').contains(".default.")) continue;
    return fail(
        ErrorCode::kUnsupported,
        fmt::format("{} in {} bears the adapter's own name, as the state of its training does, and loaders "
                    "would not find it; of adapters of type {} only what peft's save_pretrained wrote is "
                    "taken: load the state into the model and save it with that",
                    tensor::shown_name(info.name), info.file, run.adapter->peft_type));
  }
  return {};
}

class Leaving {
 public:
  Leaving(run::RunFacts& run, const FrozenBase& base)
      : run_(run),
        base_(base),
        config_(model::value_of(run.metadata, "adapter_config.json")),
        prefix_(lacks_prefix(run.weights->source->catalogue()) ? model::kPeftPrefix : "") {
    if (!base.weights) return;
    const auto catalogue = base.weights->source->catalogue();
    for (std::size_t i = 0; i < catalogue.size(); ++i) places_.emplace(catalogue[i].name, i);
  }

  Result<void> look() {
    const tensor::TensorSource& source = *run_.weights->source;
    for (std::size_t i = 0; i < source.catalogue().size(); ++i) {
      SLIPWAY_ASSIGN(const bool stays, keeps(source, i));
      if (!stays) left_.push_back(source.catalogue()[i].name);
    }
    return {};
  }

  void leave(std::vector<model::Warning>& warnings) {
    std::ranges::sort(left_);
    tensor::OpenedWeights& weights = *run_.weights;
    if (!left_.empty()) tell(warnings);
    if (left_.empty() && prefix_.empty()) return;
    weights.source = without_left(weights.source);
    if (weights.masters) weights.masters = without_left(weights.masters);
  }

 private:
  void tell(std::vector<model::Warning>& warnings) const {
    const tensor::OpenedWeights& weights = *run_.weights;
    warnings.push_back(
        {"adapter-frozen-left-out",
         fmt::format("{} holds {} {} of the frozen base beside the adapter ({}), which peft does not save: "
                     "left out",
                     weights.set.files.front(), left_.size(), left_.size() == 1 ? "tensor" : "tensors",
                     tensor::shown_name(left_.front()))});
  }

  Result<bool> keeps(const tensor::TensorSource& source, std::size_t i) const {
    const TensorInfo& info = source.catalogue()[i];
    if (has(info, ".original_module.")) return false;
    if (has(info, ".modules_to_save.")) return true;
    if (is_tuners(info)) return !is_tied_rows(info);
    if (!model::is_own_adapter_name(transform::unwrapped(info.name, 0), config_))
      return may_be_left(source, i);
    if (is_bias_of_another(info)) return false;
    if (!is_whole_embedding(info)) return true;
    SLIPWAY_ASSIGN(const Likeness likeness, like_the_base(source, i));
    return likeness != Likeness::kSame;
  }

  static bool is_tuners(const TensorInfo& info) {
    return has(info, "lora_") || has(info, ".trainable_tokens_delta");
  }

  // The rows that output embeddings share with the input's, which alone peft saves.
  bool is_tied_rows(const TensorInfo& info) const {
    const auto has_rows = [](const TensorInfo& other) { return has(other, kRows); };
    if (!has_rows(info) || std::ranges::count_if(run_.weights->source->catalogue(), has_rows) < 2)
      return false;
    const std::string module = info.name.substr(0, info.name.find(kRows));
    const json::Value* indices = config_.find("trainable_token_indices");
    const bool is_asked_for =
        indices != nullptr &&
        std::ranges::any_of(indices->members(), [&](const auto& one) { return module.ends_with(one.first); });
    return !is_asked_for &&
           std::ranges::any_of(kOutputs, [&](std::string_view word) { return module.ends_with(word); });
  }

  // With "lora_only" a bias is trained where a LoRA stands.
  bool is_bias_of_another(const TensorInfo& info) const {
    const json::Value* bias = config_.find("bias");
    return info.name.ends_with(".bias") && bias != nullptr && bias->string() == "lora_only" &&
           !has(info, ".base_layer.");
  }

  // Not that of embeddings with a LoRA on them, which peft saves.
  static bool is_whole_embedding(const TensorInfo& info) {
    return info.name.ends_with(".weight") && (!has(info, ".base_layer.") || has(info, ".token_adapter."));
  }

  // What the config does not declare, and peft would not save, must not have been trained.
  Result<bool> may_be_left(const tensor::TensorSource& source, std::size_t i) const {
    if (base_.far) return false;
    SLIPWAY_ASSIGN(const Likeness likeness, like_the_base(source, i));
    if (likeness != Likeness::kOther) return false;
    const TensorInfo& info = source.catalogue()[i];
    return fail(
        ErrorCode::kRefused,
        fmt::format("{} in {} is not what the base holds, so it was trained, or changed before, but "
                    "adapter_config.json does not declare it; name its module in modules_to_save there, or "
                    "give the base that the adapter was trained on with --base",
                    tensor::shown_name(info.name), info.file));
  }

  enum class Likeness : std::uint8_t { kUnknown, kSame, kOther };

  Result<Likeness> like_the_base(const tensor::TensorSource& source, std::size_t i) const {
    TensorInfo info = source.catalogue()[i];
    std::string name = transform::unwrapped(info.name, 0);
    if (const std::size_t at = name.find(".token_adapter."); at != std::string::npos)
      name.erase(at, std::string_view(".token_adapter").size());
    name = model::name_in_base(name);
    auto at = places_.find(name);
    if (at == places_.end() && name == "lm_head.weight")
      at = places_.find("model.embed_tokens.weight");  // tied
    if (at == places_.end()) return Likeness::kUnknown;
    SLIPWAY_ASSIGN(const auto same, compare_with_base(source, i, base_.weights->source, at->second));
    if (!same) return Likeness::kUnknown;
    return *same ? Likeness::kSame : Likeness::kOther;
  }

  std::shared_ptr<const tensor::TensorSource> without_left(
      std::shared_ptr<const tensor::TensorSource> source) const {
    std::vector<transform::Viewed> stays;
    for (std::size_t i = 0; i < source->catalogue().size(); ++i) {
      const std::string& name = source->catalogue()[i].name;
      if (!std::ranges::binary_search(left_, name)) stays.push_back({i, prefix_ + name, std::nullopt});
    }
    return std::make_shared<transform::ViewSource>(std::move(source), std::move(stays));
  }

  run::RunFacts& run_;
  const FrozenBase& base_;
  const json::Value config_;
  std::unordered_map<std::string, std::size_t> places_{};  // in the base, by name
  std::vector<std::string> left_{};
  const std::string prefix_;
};

}  // namespace

Result<void> leave_frozen_out(run::RunFacts& run, const FrozenBase& base,
                              std::vector<model::Warning>& warnings) {
  SLIPWAY_TRY(refuse_state_of_another(run));
  if (!is_lora_state(run)) return {};
  Leaving leaving(run, base);
  SLIPWAY_TRY(leaving.look());
  leaving.leave(warnings);
  return {};
}

}  // namespace slipway::flow
