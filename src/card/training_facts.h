// card/training_facts.h - what a trainer logged and measured, as a card needs it.
//
// Contract   Read from untrusted JSON with Python's NaN and Infinity, which stay what they are in a number
//            and never reach the front matter. Rows ascend by step, one a step; of two values for one
//            step the later counts.
// Limits     trainer_state.json 16 MiB, results 1 MiB, 64 metrics each
// Errors     kCorruptData when the text is no JSON object
// Threads    value
// Source     transformers trainer_callback.py (TrainerState), trainer.py (log, save_metrics)
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "slipway/result.h"

namespace slipway::card {

inline constexpr std::size_t kTrainerStateBytesMax = 16u << 20;
inline constexpr std::size_t kMetricsMax = 64;

struct Metric {
  std::string key{};  // without `eval_`: "loss", "rewards/margins"
  double value = 0;
};

struct LogRow {
  std::int64_t step = 0;
  std::optional<double> epoch{};
  std::optional<double> loss{};     // of training
  std::optional<double> reward{};   // of trainers that generate
  std::vector<Metric> evaluated{};  // sorted by key; empty when nothing was evaluated at this step
  const double* find(std::string_view key) const;
};

struct TrainingLog {
  std::int64_t steps = 0;
  std::optional<double> epochs{};
  std::optional<std::int64_t> batch{};  // of one step on one process
  std::vector<LogRow> rows{};
  std::size_t left_out = 0;  // metrics over the limit, each counted once
};
Result<TrainingLog> read_training_log(std::string_view trainer_state);

// `eval_*` of eval_results.json or all_results.json, but times and counts; sorted, loss first.
struct Measured {
  std::vector<Metric> metrics{};
  std::size_t left_out = 0;  // over the limit
};
Result<Measured> read_metrics(std::string_view results);

// Of train_results.json or all_results.json.
struct TrainingTotals {
  std::optional<double> loss{};  // the mean over all steps
  std::optional<double> epochs{};
  std::optional<double> seconds{};
  std::optional<std::int64_t> samples{};
};
Result<TrainingTotals> read_totals(std::string_view results);

using Setting = std::pair<std::string, std::string>;  // "learning_rate", "2.0e-04"

// A data set of the recipe, with what else the recipe says of it; "" where it says nothing.
struct DataSet {
  std::string id{};
  std::string config{};
  std::string split{};
  std::string share{};
};

struct Paper {
  std::string title{};
  std::string id{};  // "2305.18290"
};

struct TrainingFacts {
  std::optional<TrainingLog> log{};
  std::optional<std::vector<Metric>> metrics{};  // of the model that is published
  TrainingTotals totals{};
  std::vector<DataSet> data_sets{};
  std::string eval_config{};  // of the one data set, "" when not said
  std::string eval_split{};
  std::optional<std::vector<Setting>> recipe{};  // what a recipe sets; absent without a recipe
  std::vector<Setting> arguments{};              // what training_args.bin sets
  std::vector<Setting> settings{};               // what files of the run tell
  std::vector<Setting> versions{};               // {"Transformers", "5.24.0"}
  Paper paper{};
  std::vector<std::pair<std::string, std::string>> trackers{};  // {"Weights & Biases", "https://..."}
};

}  // namespace slipway::card
