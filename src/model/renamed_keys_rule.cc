// Rule 6, config.json: keys that transformers 5 writes under another name than transformers 4 reads.
#include <algorithm>
#include <array>
#include <optional>

#include "model/rule_work.h"

namespace slipway::model {
namespace {

using json::Value;

constexpr Because kNewKeyOnly{
    "config-new-keys-only",
    "transformers 4 and engines of its time do not read the key that transformers 5 writes: they take the "
    "class's default instead, and refuse the weights or compute otherwise"};

struct Renamed {
  std::string_view type;
  std::string_view new_key;
  std::string_view old_key;
};

constexpr auto kRenamed = std::to_array<Renamed>({
    {"qwen3_moe", "num_local_experts", "num_experts"},
    {"qwen3_vl_moe_text", "num_local_experts", "num_experts"},
    {"vipllava", "vision_feature_layer", "vision_feature_layers"},
});

// ModernBERT's layers are told one by one since version 5, before by how many follow each that sees all.
constexpr std::string_view kLayerTypes = "layer_types";
constexpr std::string_view kEveryNth = "global_attn_every_n_layers";

std::string_view type_of(const Value& level) {
  const Value* type = level.find("model_type");
  return type != nullptr && type->is_string() ? std::string_view(type->string()) : "";
}

bool is_full(const Value& layer) { return layer.is_string() && layer.string() == "full_attention"; }

// The distance of the layers that see all, where it is the same throughout.
std::optional<std::int64_t> distance(const Value& level) {
  const Value* layers = level.find(kLayerTypes);
  if (layers == nullptr || layers->items().empty() || !is_full(layers->items().front())) return std::nullopt;
  const auto items = layers->items();
  const auto next = std::find_if(items.begin() + 1, items.end(), is_full);
  const auto step = static_cast<std::size_t>(next - items.begin());
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (is_full(items[i]) != (i % step == 0)) return std::nullopt;
  }
  return static_cast<std::int64_t>(step);
}

Result<void> fix_level(FileEdits& config, const KeyPath& path) {
  const Value level = *config.find(path);
  const std::string_view type = type_of(level);
  for (const Renamed& row : kRenamed) {
    const Value* value = level.find(row.new_key);
    if (row.type != type || value == nullptr || value->is_null() || level.find(row.old_key) != nullptr)
      continue;
    SLIPWAY_TRY(config.set(below(path, row.old_key), *value, kNewKeyOnly));
  }
  const bool layered = type == "modernbert" || type == "modernbert-decoder";
  if (!layered || level.find(kEveryNth) != nullptr) return {};
  const auto step = distance(level);
  return step ? config.set(below(path, kEveryNth), *step, kNewKeyOnly) : Result<void>{};
}

}  // namespace

Result<void> write_renamed_keys(RuleWork& work) {
  if (!work.config || work.inputs.adapter) return {};
  std::vector<KeyPath> levels;
  for_each_level(work.config->root(), [&](const Value& level, const KeyPath& path) {
    if (!type_of(level).empty()) levels.push_back(path);
  });
  for (const KeyPath& level : levels) SLIPWAY_TRY(fix_level(*work.config, level));
  return {};
}

}  // namespace slipway::model
