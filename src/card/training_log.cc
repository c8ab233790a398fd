#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <set>

#include "card/training_facts.h"
#include "slipway/json.h"

namespace slipway::card {
namespace {

constexpr std::size_t kResultsBytesMax = 1u << 20;
constexpr std::size_t kKeyBytesMax = 80;

// What says nothing about the model.
constexpr auto kTimesAndCounts = std::to_array<std::string_view>(
    {"runtime", "samples_per_second", "steps_per_second", "samples", "num_tokens", "model_preparation_time",
     "jit_compilation_time", "epoch", "step"});

bool is_time_or_count(std::string_view key) {
  return std::ranges::any_of(kTimesAndCounts, [&](std::string_view word) {
    return key == word || (key.ends_with(word) && key[key.size() - word.size() - 1] == '_');
  });
}

bool is_plain(std::string_view key) {
  const auto visible = [](char c) { return c > 0x20 && c < 0x7F; };
  return !key.empty() && key.size() <= kKeyBytesMax && std::ranges::all_of(key, visible);
}

std::optional<double> number_of(const json::Value& object, std::string_view key) {
  const json::Value* value = object.find(key);
  return value == nullptr ? std::nullopt : value->as_double();
}

// Python writes some counts as floats.
std::optional<std::int64_t> count_of(const json::Value& object, std::string_view key) {
  constexpr double kExactMax = 9e15;
  const auto number = number_of(object, key);
  if (!number || !(*number >= 0 && *number <= kExactMax) || std::trunc(*number) != *number)
    return std::nullopt;
  return static_cast<std::int64_t>(*number);
}

using Keys = std::set<std::string, std::less<>>;

void set_metric(std::vector<Metric>& metrics, std::string_view key, double value, Keys& left_out) {
  const auto at = std::ranges::find(metrics, key, &Metric::key);
  if (at != metrics.end()) {
    at->value = value;
  } else if (metrics.size() < kMetricsMax) {
    metrics.push_back({std::string(key), value});
  } else {
    left_out.emplace(key);
  }
}

void take_evaluated(const json::Value& entry, std::vector<Metric>& metrics, Keys& left_out) {
  constexpr std::string_view kPrefix = "eval_";
  for (const auto& [name, value] : entry.members()) {
    if (!name.starts_with(kPrefix) || !value.is_number()) continue;
    const std::string_view key = std::string_view(name).substr(kPrefix.size());
    const auto number = value.as_double();
    if (number && is_plain(key) && !is_time_or_count(key)) set_metric(metrics, key, *number, left_out);
  }
}

void take_entry(const json::Value& entry, std::map<std::int64_t, LogRow>& rows, Keys& left_out) {
  const auto step = count_of(entry, "step");
  if (!step) return;
  const auto loss = number_of(entry, "loss");
  const auto reward = number_of(entry, "reward");
  std::vector<Metric> evaluated;
  take_evaluated(entry, evaluated, left_out);
  if (!loss && !reward && evaluated.empty()) return;  // the summary at the end
  LogRow& row = rows[*step];
  row.step = *step;
  if (const auto epoch = number_of(entry, "epoch"); epoch && std::isfinite(*epoch)) row.epoch = epoch;
  if (loss) row.loss = loss;
  if (reward) row.reward = reward;
  for (const Metric& metric : evaluated) set_metric(row.evaluated, metric.key, metric.value, left_out);
  std::ranges::sort(row.evaluated, {}, &Metric::key);
}

Result<json::Value> object_from(std::string_view text, std::size_t bytes_max) {
  SLIPWAY_ASSIGN(json::Value root, json::parse(text, {.allow_nan = true, .bytes_max = bytes_max}));
  if (root.is_object()) return root;
  return fail(ErrorCode::kCorruptData, "this is no JSON object");
}

}  // namespace

const double* LogRow::find(std::string_view key) const {
  const auto at = std::ranges::find(evaluated, key, &Metric::key);
  return at == evaluated.end() ? nullptr : &at->value;
}

Result<TrainingLog> read_training_log(std::string_view trainer_state) {
  SLIPWAY_ASSIGN(const json::Value root, object_from(trainer_state, kTrainerStateBytesMax));
  TrainingLog log{.steps = count_of(root, "global_step").value_or(0),
                  .epochs = number_of(root, "epoch"),
                  .batch = count_of(root, "train_batch_size")};
  if (log.epochs && !std::isfinite(*log.epochs)) log.epochs.reset();
  std::map<std::int64_t, LogRow> rows;
  Keys left_out;
  if (const json::Value* history = root.find("log_history")) {
    for (const json::Value& entry : history->items()) take_entry(entry, rows, left_out);
  }
  for (auto& [step, row] : rows) log.rows.push_back(std::move(row));
  log.left_out = left_out.size();
  return log;
}

Result<Measured> read_metrics(std::string_view results) {
  SLIPWAY_ASSIGN(const json::Value root, object_from(results, kResultsBytesMax));
  std::vector<Metric> metrics;
  Keys left_out;
  take_evaluated(root, metrics, left_out);
  std::ranges::sort(metrics, {}, &Metric::key);
  std::ranges::stable_partition(metrics, [](const Metric& metric) { return metric.key == "loss"; });
  return Measured{std::move(metrics), left_out.size()};
}

Result<TrainingTotals> read_totals(std::string_view results) {
  SLIPWAY_ASSIGN(const json::Value root, object_from(results, kResultsBytesMax));
  TrainingTotals totals{.loss = number_of(root, "train_loss"),
                        .epochs = number_of(root, "epoch"),
                        .seconds = number_of(root, "train_runtime"),
                        .samples = count_of(root, "train_samples")};
  for (auto* number : {&totals.epochs, &totals.seconds}) {
    if (*number && !(std::isfinite(**number) && **number >= 0)) number->reset();
  }
  return totals;
}

}  // namespace slipway::card
