#include "transform/merge/adapter_config.h"

#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>

#include "tensor/tensor_name.h"

namespace slipway::transform {
namespace {

using json::Value;

constexpr std::size_t kEntriesMax = 100'000;
constexpr std::uint64_t kRankMax = 1u << 20;
constexpr std::uint64_t kLayersMax = 4096;
constexpr std::uint64_t kBlocksMax = 4096;
constexpr double kAlphaMax = 1e9;
constexpr std::size_t kStepsMax = 32'768;  // of all patterns that are no plain names

// What is read here, by model/mergeable.h, or says nothing of the merged weights.
constexpr auto kKnown = std::to_array<std::string_view>({"alora_invocation_tokens",
                                                         "alpha_pattern",
                                                         "arrow_config",
                                                         "auto_mapping",
                                                         "base_model_name_or_path",
                                                         "bias",
                                                         "corda_config",
                                                         "ensure_weight_tying",
                                                         "ephemeral_gpu_offload",
                                                         "eva_config",
                                                         "exclude_modules",
                                                         "fan_in_fan_out",
                                                         "inference_mode",
                                                         "init_lora_weights",
                                                         "init_weights",
                                                         "kasa_config",
                                                         "layer_replication",
                                                         "layers_pattern",
                                                         "layers_to_transform",
                                                         "loftq_config",
                                                         "lora_alpha",
                                                         "lora_bias",
                                                         "lora_dropout",
                                                         "lora_ga_config",
                                                         "megatron_config",
                                                         "megatron_core",
                                                         "modules_to_save",
                                                         "monteclora_config",
                                                         "peft_type",
                                                         "peft_version",
                                                         "qalora_group_size",
                                                         "r",
                                                         "rank_pattern",
                                                         "revision",
                                                         "runtime_config",
                                                         "target_modules",
                                                         "target_parameters",
                                                         "task_type",
                                                         "token_indices",
                                                         "trainable_token_indices",
                                                         "use_bdlora",
                                                         "use_dora",
                                                         "use_qalora",
                                                         "use_rslora",
                                                         "velora_config"});

bool is_nothing(const Value& value) {
  if (value.is_null()) return true;
  if (value.is_bool()) return !*value.as_bool();
  if (value.is_string()) return value.string().empty();
  if (value.is_array()) return value.items().empty();
  if (value.is_object()) return value.members().empty();
  return false;
}

Result<void> refuse_unknown(const Value& config) {
  for (const auto& [key, value] : config.members()) {
    if (std::ranges::binary_search(kKnown, key) || is_nothing(value)) continue;
    return fail(ErrorCode::kUnsupported,
                fmt::format("adapter_config.json sets {}, which this version does not know and which may "
                            "change what a merge gives; merge it with peft, or publish the adapter without "
                            "--merge",
                            tensor::shown_name(key)));
  }
  return {};
}

std::unexpected<Error> wrong(std::string_view key, std::string_view wanted) {
  return fail(ErrorCode::kCorruptData, fmt::format("adapter_config.json: {} must be {}", key, wanted));
}

Result<bool> flag(const Value& config, std::string_view key) {
  const Value* value = config.find(key);
  if (value == nullptr || value->is_null()) return false;
  if (!value->is_bool()) return wrong(key, "true or false");
  return *value->as_bool();
}

Result<double> alpha_in(const Value& value, std::string_view key) {
  const auto number = value.as_double();
  if (!number || !(*number > 0 && *number <= kAlphaMax))
    return wrong(key, fmt::format("a number above 0, at most {}", kAlphaMax));
  return *number;
}

Result<double> rank_in(const Value& value, std::string_view key) {
  const auto number = value.as_uint();
  if (!number || *number == 0 || *number > kRankMax)
    return wrong(key, fmt::format("a whole number from 1 to {}", kRankMax));
  return static_cast<double>(*number);
}

Result<double> number_in(const Value& value, std::string_view key) {
  return key == "r" || key == "rank_pattern" ? rank_in(value, key) : alpha_in(value, key);
}

Result<double> number_in(const Value& config, std::string_view key, double otherwise) {
  const Value* value = config.find(key);
  return value == nullptr || value->is_null() ? otherwise : number_in(*value, key);
}

Result<std::string> text_in(const Value& config, std::string_view key) {
  const Value* value = config.find(key);
  if (value == nullptr || value->is_null()) return std::string();
  if (!value->is_string()) return wrong(key, "a text");
  return value->string();
}

Result<std::vector<std::string>> names(const Value& config, std::string_view key) {
  std::vector<std::string> found;
  const Value* value = config.find(key);
  if (value == nullptr || value->is_null()) return found;
  if (value->is_string()) return std::vector<std::string>{value->string()};
  if (!value->is_array() || value->items().size() > kEntriesMax) return wrong(key, "a list of names");
  for (const Value& item : value->items()) {
    if (!item.is_string()) return wrong(key, "a list of names");
    found.push_back(item.string());
  }
  return found;
}

Result<std::vector<std::uint64_t>> rows_of(const Value& list) {
  std::vector<std::uint64_t> rows;
  if (!list.is_array() || list.items().size() > kEntriesMax)
    return wrong("trainable_token_indices", "a list of tokens, or one for each module");
  for (const Value& item : list.items()) {
    const auto row = item.as_uint();
    if (!row) return wrong("trainable_token_indices", "a list of tokens, or one for each module");
    rows.push_back(*row);
  }
  return rows;
}

// Each a pair [first, end) of layers; how many there are is the base's to say.
Result<std::vector<std::pair<std::uint64_t, std::uint64_t>>> replication_of(const Value& config) {
  constexpr std::string_view kKey = "layer_replication";
  constexpr std::string_view kWanted = "a list of [first, end) pairs of layers";
  std::vector<std::pair<std::uint64_t, std::uint64_t>> ranges;
  const Value* list = config.find(kKey);
  if (list == nullptr || list->is_null()) return ranges;
  if (!list->is_array() || list->items().size() > kLayersMax) return wrong(kKey, kWanted);
  std::uint64_t layers = 0;
  for (const Value& pair : list->items()) {
    const auto items = pair.items();
    const auto first = items.size() == 2 ? items[0].as_uint() : std::nullopt;
    const auto end = items.size() == 2 ? items[1].as_uint() : std::nullopt;
    if (!first || !end || *first >= *end || *end > kLayersMax) return wrong(kKey, kWanted);
    layers += *end - *first;
    if (layers > kLayersMax) return wrong(kKey, fmt::format("of at most {} layers", kLayersMax));
    ranges.emplace_back(*first, *end);
  }
  return ranges;
}

}  // namespace

Result<std::vector<AdapterConfig::Pattern>> AdapterConfig::patterns_of(const Value& config,
                                                                       std::string_view key) {
  std::vector<Pattern> patterns;
  const Value* table = config.find(key);
  if (table == nullptr || table->is_null()) return patterns;
  if (!table->is_object() || table->members().size() > kEntriesMax) return wrong(key, "an object of numbers");
  std::size_t steps = 0;
  for (const auto& [text, value] : table->members()) {
    SLIPWAY_ASSIGN_WITHIN(NamePattern pattern, fmt::format("adapter_config.json: {}", key),
                          NamePattern::parse(text));
    SLIPWAY_ASSIGN(const double number, number_in(value, key));
    steps += pattern.steps();
    if (steps > kStepsMax) return wrong(key, "of simpler patterns, or fewer");
    patterns.emplace_back(std::move(pattern), number);
  }
  return patterns;
}

Result<void> AdapterConfig::read_blocks(const Value* value) {
  if (value == nullptr || is_nothing(*value)) return {};
  if (!value->is_object()) return wrong("use_bdlora", "an object");
  for (const auto& [key, setting] : value->members()) {
    if (key == "nblocks") {
      const auto count = setting.as_uint();
      if (!count || *count == 0 || *count > kBlocksMax)
        return wrong("use_bdlora.nblocks", fmt::format("a whole number from 1 to {}", kBlocksMax));
      blocks = *count;
    } else if (key != "target_modules_bd_a" && key != "target_modules_bd_b" && key != "match_strict") {
      return fail(
          ErrorCode::kUnsupported,
          fmt::format("adapter_config.json sets use_bdlora.{}, which this version does not know; merge it "
                      "with peft, or publish the adapter without --merge",
                      tensor::shown_name(key)));
    }
  }
  SLIPWAY_ASSIGN_WITHIN(blocks_of_a, "use_bdlora", names(*value, "target_modules_bd_a"));
  SLIPWAY_ASSIGN_WITHIN(blocks_of_b, "use_bdlora", names(*value, "target_modules_bd_b"));
  return {};
}

Result<void> AdapterConfig::read_token_rows(const Value& value) {
  if (value.is_null()) return {};
  if (!value.is_object()) {
    SLIPWAY_ASSIGN(auto rows, rows_of(value));
    token_rows.push_back({"", std::move(rows)});
    return {};
  }
  for (const auto& [module, list] : value.members()) {
    SLIPWAY_ASSIGN(auto rows, rows_of(list));
    token_rows.push_back({module, std::move(rows)});
  }
  return {};
}

Result<AdapterConfig> AdapterConfig::parse(const Value& file) {
  if (!file.is_object()) return fail(ErrorCode::kCorruptData, "adapter_config.json is no JSON object");
  SLIPWAY_TRY(refuse_unknown(file));
  AdapterConfig config;
  SLIPWAY_ASSIGN(config.rank_, number_in(file, "r", 8));
  SLIPWAY_ASSIGN(config.alpha_, number_in(file, "lora_alpha", 8));
  SLIPWAY_ASSIGN(config.rank_stabilised_, flag(file, "use_rslora"));
  SLIPWAY_ASSIGN(config.fan_in_fan_out, flag(file, "fan_in_fan_out"));
  SLIPWAY_ASSIGN(config.dora, flag(file, "use_dora"));
  SLIPWAY_ASSIGN(config.ensure_weight_tying, flag(file, "ensure_weight_tying"));
  SLIPWAY_ASSIGN(config.modules_to_save, names(file, "modules_to_save"));
  SLIPWAY_ASSIGN(config.target_parameters, names(file, "target_parameters"));
  SLIPWAY_ASSIGN(config.rank_patterns_, patterns_of(file, "rank_pattern"));
  SLIPWAY_ASSIGN(config.alpha_patterns_, patterns_of(file, "alpha_pattern"));
  SLIPWAY_ASSIGN(config.layer_replication, replication_of(file));
  SLIPWAY_TRY(config.read_blocks(file.find("use_bdlora")));
  SLIPWAY_ASSIGN(config.peft_version, text_in(file, "peft_version"));
  SLIPWAY_ASSIGN(config.task_type, text_in(file, "task_type"));
  if (const Value* mapping = file.find("auto_mapping"); mapping != nullptr && mapping->is_object()) {
    SLIPWAY_ASSIGN_WITHIN(config.trained_class, "auto_mapping", text_in(*mapping, "base_model_class"));
  }
  for (const std::string_view key : {"trainable_token_indices", "token_indices"})
    if (const Value* rows = file.find(key)) SLIPWAY_TRY(config.read_token_rows(*rows));
  return config;
}

double AdapterConfig::value_of(const std::vector<Pattern>& patterns, std::string_view module,
                               double otherwise) {
  const auto found =
      std::ranges::find_if(patterns, [&](const Pattern& pattern) { return pattern.first.matches(module); });
  return found == patterns.end() ? otherwise : found->second;
}

std::uint64_t AdapterConfig::rank_of(std::string_view module) const {
  const double rank = value_of(rank_patterns_, module, rank_);
  return rank <= kRankMax ? static_cast<std::uint64_t>(rank) : 0;
}

float AdapterConfig::scale_of(std::string_view module) const {
  const double rank = value_of(rank_patterns_, module, rank_);
  const double alpha = value_of(alpha_patterns_, module, alpha_);
  return static_cast<float>(alpha / (rank_stabilised_ ? std::sqrt(rank) : rank));
}

}  // namespace slipway::transform
