#include "release/training_facts.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "card/settings.h"

namespace slipway::release {
namespace {

constexpr std::string_view kTrainerState = "trainer_state.json";

std::string text_of(const json::Value& object, std::string_view key) {
  const json::Value* value = object.find(key);
  return value == nullptr ? "" : value->string();
}

class Gathering {
 public:
  Gathering(const run::RunFacts& run, std::vector<model::Warning>& warnings)
      : run_(run), warnings_(warnings) {}

  card::TrainingFacts facts(const Options& options) {
    facts_.log = read_log();
    take_metrics();
    take_totals();
    take_recipe(options.recipe);
    if (run_.training_args) facts_.arguments = run_.training_args->values;
    if (facts_.recipe) compare_with_arguments();
    if (run_.adapter) describe_adapter(model::value_of(run_.metadata, "adapter_config.json"));
    add_version("Transformers",
                text_of(model::value_of(run_.metadata, "config.json"), "transformers_version"));
    if (facts_.log && facts_.log->batch && *facts_.log->batch > 0)
      facts_.settings.emplace_back("train_batch_size", fmt::format("{}", *facts_.log->batch));
    return std::move(facts_);
  }

 private:
  // The value of what can be read; of what cannot, a warning.
  template <class Value>
  std::optional<Value> read(const std::string& name, const std::string& text,
                            Result<Value> (*parse)(std::string_view)) {
    auto value = parse(text);
    if (value) return *std::move(value);
    const auto known = [&](const model::Warning& warning) { return warning.message.starts_with(name + ":"); };
    if (std::ranges::none_of(warnings_, known)) {
      warnings_.push_back(
          {.code = "training-log-unread",
           .message = fmt::format("{}: the card does without it: {}", name, describe(value.error()))});
    }
    return std::nullopt;
  }

  template <class Value>
  std::optional<Value> read(std::string_view name, Result<Value> (*parse)(std::string_view)) {
    const std::string* text = run_.metadata.find(name);
    return text == nullptr ? std::nullopt : read<Value>(std::string(name), *text, parse);
  }

  void report_left_out(std::string_view name, std::size_t count) {
    if (count == 0) return;
    warnings_.push_back({.code = "metrics-left-out",
                         .message = fmt::format("{}: the card shows the first {} metrics and leaves {} out",
                                                name, card::kMetricsMax, count)});
  }

  std::optional<card::TrainingLog> read_log() {
    for (const auto& [name, text] : run_.metadata.files) {
      if (!name.ends_with(kTrainerState)) continue;
      auto log = read<card::TrainingLog>(name, text, card::read_training_log);
      if (log) report_left_out(name, log->left_out);
      return log;
    }
    return std::nullopt;
  }

  void take_metrics() {
    for (const std::string_view name : {"eval_results.json", "all_results.json"}) {
      auto measured = read<card::Measured>(name, card::read_metrics);
      if (!measured || measured->metrics.empty()) continue;
      report_left_out(name, measured->left_out);
      facts_.metrics = std::move(measured->metrics);
      return;
    }
    if (!facts_.log || facts_.log->rows.empty()) return;
    const card::LogRow& last = facts_.log->rows.back();
    if (last.step != facts_.log->steps || last.evaluated.empty()) return;
    facts_.metrics = last.evaluated;
    std::ranges::stable_partition(*facts_.metrics, [](const auto& metric) { return metric.key == "loss"; });
  }

  void take_totals() {
    for (const std::string_view name : {"train_results.json", "all_results.json"}) {
      const auto totals = read<card::TrainingTotals>(name, card::read_totals);
      if (!totals || (!totals->loss && !totals->seconds)) continue;
      facts_.totals = *totals;
      return;
    }
  }

  void take_recipe(const recipe::Recipe& recipe) {
    if (recipe.file.empty()) return;  // only --set: no account of the training
    facts_.recipe = recipe.values;
    for (const recipe::DataSet& set : recipe.data_sets)
      facts_.data_sets.push_back(
          {.id = set.id, .config = set.config, .split = set.split, .share = set.share});
    if (recipe.data_sets.size() != 1) return;
    facts_.eval_config = recipe.data_sets.front().config;
    facts_.eval_split = recipe.eval_split;
  }

  // The recipe is what was meant, the trainer's arguments are what was done.
  void compare_with_arguments() {
    std::vector<std::string> other;
    for (const auto& [key, value] : *facts_.recipe) {
      const auto done = std::ranges::find(facts_.arguments, key, &card::Setting::first);
      if (done == facts_.arguments.end() || !card::is_known_setting(key)) continue;
      if (!card::is_same_value(value, done->second))
        other.push_back(fmt::format("{} (recipe {}, run {})", key, card::shown_value(value),
                                    card::shown_value(done->second)));
    }
    if (other.empty()) return;
    warnings_.push_back(
        {.code = "recipe-differs",
         .message = fmt::format("the run was trained with other values than the recipe's, which the "
                                "card shows: {}",
                                fmt::join(other, ", "))});
  }

  void describe_adapter(const json::Value& config) {
    constexpr auto kScalars = std::to_array<std::pair<std::string_view, std::string_view>>(
        {{"r", "lora_r"}, {"lora_alpha", "lora_alpha"}, {"lora_dropout", "lora_dropout"}});
    if (run_.adapter->peft_type == "LORA") {
      for (const auto& [key, shown] : kScalars) {
        const json::Value* value = config.find(key);
        if (value != nullptr && value->is_number()) facts_.settings.emplace_back(shown, value->number_text());
      }
      add_names(config, "target_modules", "lora_target_modules");
      add_names(config, "modules_to_save", "lora_modules_to_save");
      for (const std::string_view key : {"use_rslora", "use_dora"}) {
        const json::Value* value = config.find(key);
        if (value != nullptr && value->as_bool() == true) facts_.settings.emplace_back(key, "true");
      }
    }
    add_version("PEFT", text_of(config, "peft_version"));
  }

  // A name or a list of names, sorted: peft writes a set in any order.
  void add_names(const json::Value& config, std::string_view key, std::string_view shown) {
    const json::Value* value = config.find(key);
    if (value == nullptr) return;
    std::vector<std::string> names;
    if (value->is_string()) names.push_back(value->string());
    for (const json::Value& item : value->items()) {
      if (item.is_string()) names.push_back(item.string());
    }
    std::ranges::sort(names);
    if (!names.empty()) facts_.settings.emplace_back(shown, fmt::format("{}", fmt::join(names, ", ")));
  }

  void add_version(std::string_view name, const std::string& version) {
    if (!version.empty()) facts_.versions.emplace_back(name, version);
  }

  const run::RunFacts& run_;
  std::vector<model::Warning>& warnings_;
  card::TrainingFacts facts_{};
};

}  // namespace

card::TrainingFacts gather_training_facts(const run::RunFacts& run, const Options& options,
                                          std::vector<model::Warning>& warnings) {
  return Gathering(run, warnings).facts(options);
}

}  // namespace slipway::release
