// The parts of a card that say how training went.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "card/markdown.h"
#include "card/sections.h"
#include "card/settings.h"
#include "card/table.h"
#include "card/thinning.h"

namespace slipway::card {
namespace {

constexpr std::size_t kRowsMax = 30;  // of steps where nothing was evaluated, fewer beside evaluations
constexpr std::size_t kEvaluationsMax = 60;
constexpr std::size_t kMetricColumnsMax = 5;
// The metrics that people look for first; the loss has a column of its own.
constexpr auto kPreferred =
    std::to_array<std::string_view>({"rewards/accuracies", "rewards/margins", "accuracy"});

std::string cell_of(const std::optional<double>& value) { return value ? number_text(*value) : ""; }

// The rows that a table has room for, and whether some were left out.
struct Chosen {
  std::vector<const LogRow*> rows{};
  std::size_t evaluations = 0;  // in the whole log
  std::size_t left_out = 0;
};

Chosen choose(const std::vector<LogRow>& rows) {
  std::vector<std::size_t> evaluated;
  std::vector<std::size_t> others;
  for (std::size_t i = 0; i < rows.size(); ++i) (rows[i].evaluated.empty() ? others : evaluated).push_back(i);
  const std::size_t room = std::max<std::size_t>(2, kRowsMax - std::min(kRowsMax, evaluated.size()));
  std::set<std::size_t> wanted;
  for (const std::size_t i : evenly(evaluated.size(), kEvaluationsMax)) wanted.insert(evaluated[i]);
  for (const std::size_t i : evenly(others.size(), room)) wanted.insert(others[i]);
  Chosen chosen{.evaluations = evaluated.size(), .left_out = rows.size() - wanted.size()};
  for (const std::size_t i : wanted) chosen.rows.push_back(&rows[i]);
  return chosen;
}

// Which columns have something to show.
struct Columns {
  bool epoch = false;
  bool loss = false;
  bool reward = false;
  bool eval_loss = false;
  std::vector<std::string> metrics{};
  std::size_t left_out = 0;  // further metrics
};

Columns columns_of(const Chosen& chosen) {
  Columns columns;
  std::set<std::string> metrics;
  for (const LogRow* row : chosen.rows) {
    columns.epoch = columns.epoch || row->epoch;
    columns.loss = columns.loss || row->loss;
    columns.reward = columns.reward || row->reward;
    for (const Metric& metric : row->evaluated) {
      if (metric.key == "loss") columns.eval_loss = true;
      if (metric.key != "loss") metrics.insert(metric.key);
    }
  }
  for (const std::string_view key : kPreferred) {
    if (const auto at = metrics.find(std::string(key)); at != metrics.end())
      columns.metrics.push_back(metrics.extract(at).value());
  }
  for (const std::string& key : metrics) {
    if (columns.metrics.size() < kMetricColumnsMax)
      columns.metrics.push_back(key);
    else
      ++columns.left_out;
  }
  return columns;
}

std::vector<std::string> row_of(const LogRow& row, const Columns& columns) {
  std::vector<std::string> cells{fmt::format("{}", row.step)};
  if (columns.epoch) cells.push_back(cell_of(row.epoch));
  if (columns.loss) cells.push_back(cell_of(row.loss));
  if (columns.reward) cells.push_back(cell_of(row.reward));
  const auto evaluated = [&](std::string_view key) {
    const double* value = row.find(key);
    cells.push_back(value == nullptr ? "" : number_text(*value));
  };
  if (columns.eval_loss) evaluated("loss");
  for (const std::string& key : columns.metrics) evaluated(key);
  return cells;
}

std::string log_table(const Chosen& chosen, const Columns& columns) {
  std::vector<Column> heads{{"Step", true}};
  if (columns.epoch) heads.push_back({"Epoch", true});
  if (columns.loss) heads.push_back({"Training loss", true});
  if (columns.reward) heads.push_back({"Reward", true});
  if (columns.eval_loss) heads.push_back({"Validation loss", true});
  std::vector<std::string> titles;
  for (const std::string& key : columns.metrics) titles.push_back(title_of(key));
  for (const std::string& title : titles) heads.push_back({title, true});
  std::vector<std::vector<std::string>> rows;
  for (const LogRow* row : chosen.rows) rows.push_back(row_of(*row, columns));
  return table(heads, rows);
}

std::string columns_left_out(const Columns& columns) {
  if (columns.left_out == 0) return "";
  return fmt::format("\n\nLeft out of the table: {} further metric{}.", columns.left_out,
                     columns.left_out == 1 ? "" : "s");
}

std::string rows_left_out(const Chosen& chosen) {
  if (chosen.left_out == 0) return "";
  const std::string_view shown = chosen.evaluations == 0 ? "evenly chosen ones"
                                 : chosen.evaluations <= kEvaluationsMax
                                     ? "every evaluation and evenly chosen others"
                                     : "evenly chosen evaluations and others";
  return fmt::format("\n\nOf {} logged steps the table shows {}: {}.", chosen.rows.size() + chosen.left_out,
                     chosen.rows.size(), shown);
}

std::string steps_and_epochs(const TrainingLog& log) {
  if (log.steps == 0) return "";
  const std::string epochs = log.epochs ? ", " + count_text(*log.epochs, "epoch") : "";
  return fmt::format("The log reaches step {}{}.", log.steps, epochs);
}

std::string_view what_is_drawn(const TrainingLog& log) {
  const bool training = std::ranges::any_of(log.rows, [](const LogRow& row) { return row.loss.has_value(); });
  const bool validation =
      std::ranges::any_of(log.rows, [](const LogRow& row) { return row.find("loss") != nullptr; });
  if (!validation) return "Training loss";
  return training ? "Training and validation loss" : "Validation loss";
}

std::string settings_table(const std::vector<Setting>& settings) {
  std::vector<std::vector<std::string>> rows;
  for (const auto& [key, value] : settings) rows.push_back({fmt::format("`{}`", key), cell_text(value)});
  return table({{"Setting"}, {"Value"}}, rows);
}

}  // namespace

std::optional<std::string> evaluation(const TrainingFacts& facts) {
  if (!facts.metrics) return std::nullopt;
  if (facts.metrics->empty()) return "";
  std::vector<std::vector<std::string>> rows;
  for (const Metric& metric : *facts.metrics) {
    rows.push_back({cell_text(title_of(metric.key)), number_text(metric.value)});
  }
  return fmt::format(
      "## Evaluation\n\nWhat the trainer measured on its evaluation data at the end of training.\n\n{}",
      table({{"Metric"}, {"Value", true}}, rows));
}

std::optional<std::string> data_sets(const TrainingFacts& facts) {
  if (!facts.recipe) return std::nullopt;
  const auto any = [&](std::string DataSet::* member) {
    return std::ranges::any_of(facts.data_sets, [&](const DataSet& set) { return !(set.*member).empty(); });
  };
  constexpr auto kMembers = std::to_array<std::pair<std::string_view, std::string DataSet::*>>(
      {{"Configuration", &DataSet::config}, {"Split", &DataSet::split}, {"Share", &DataSet::share}});
  std::vector<Column> columns{{"Data set"}};
  for (const auto& [name, member] : kMembers) {
    if (any(member)) columns.push_back({name, member == &DataSet::share});
  }
  if (columns.size() == 1) return "";
  std::vector<std::vector<std::string>> rows;
  for (const DataSet& set : facts.data_sets) {
    std::vector<std::string> cells{link(set.id, "datasets")};
    for (const auto& [name, member] : kMembers) {
      if (any(member)) cells.push_back(cell_text(set.*member));
    }
    rows.push_back(std::move(cells));
  }
  return "### Training data\n\n" + table(columns, rows);
}

std::optional<std::string> progress(const TrainingFacts& facts, bool shows_curve) {
  if (!facts.log) return std::nullopt;
  if (facts.log->rows.empty()) return "";
  const Chosen chosen = choose(facts.log->rows);
  std::string out = "### Training progress\n\n" + steps_and_epochs(*facts.log);
  if (!out.ends_with('\n')) out += "\n\n";
  if (shows_curve)
    out += fmt::format("![{} by step]({})\n\n", what_is_drawn(*facts.log), model::kLossCurveName);
  const Columns columns = columns_of(chosen);
  return out + log_table(chosen, columns) + rows_left_out(chosen) + columns_left_out(columns);
}

std::string hyper_parameters(const TrainingFacts& facts) {
  return facts.settings.empty() ? "" : "### Hyper-parameters\n\n" + settings_table(facts.settings);
}

std::string versions(const TrainingFacts& facts) {
  std::string out;
  for (const auto& [name, version] : facts.versions) out += fmt::format("\n- {} {}", name, version);
  return out.empty() ? "" : "### Versions\n" + out;
}

}  // namespace slipway::card
