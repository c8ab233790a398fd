#include "card/harness_results.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "card/benchmarks.h"
#include "card/eval_dates.h"
#include "card/markdown.h"

namespace slipway::card {
namespace {

constexpr std::size_t kNamedMax = 10;  // tasks in one warning

// The first of these that a task has is its result.
constexpr auto kMetrics = std::to_array<std::string_view>(
    {"exact_match,strict-match", "exact_match,custom-extract", "exact_match,flexible-extract", "acc,none",
     "acc_norm,none", "exact_match,none"});

std::string text_at(const json::Value& object, std::string_view key) {
  const json::Value* value = object.find(key);
  return value == nullptr ? "" : value->string();
}

class File {
 public:
  File(const json::Value& root, std::string_view file) : root_(root), file_(file) {}

  Result<void> read(EvalResults& results) {
    const json::Value* tasks = root_.find("results");
    if (tasks == nullptr || !tasks->is_object())
      return malformed("\"results\" is required, as lm-evaluation-harness writes it");
    for (const auto& [name, measured] : tasks->members()) {
      const HarnessTask means = harness_task(name);
      if (means.benchmark.empty()) {
        others_.push_back(std::string(first_bytes(name, kShownBytesMax)));
        continue;
      }
      SLIPWAY_ASSIGN(json::Value entry, entry_of(name, measured, means));
      results.of[std::string(means.benchmark)].push_back(std::move(entry));
      ++taken_;
    }
    return report(results);
  }

 private:
  std::unexpected<Error> malformed(std::string_view what) const {
    return fail(ErrorCode::kInvalidArgument, fmt::format("{}: {}", file_, what));
  }

  Result<json::Value> entry_of(const std::string& name, const json::Value& measured,
                               const HarnessTask& means) {
    for (const std::string_view metric : kMetrics) {
      const json::Value* number = measured.find(metric);
      const auto value = number == nullptr ? std::nullopt : number->as_double();
      if (number == nullptr) continue;
      if (!value || !std::isfinite(*value))
        return malformed(fmt::format("\"results.{}.{}\" must be a number", name, metric));
      json::Value entry = json::Value::object(
          {{"dataset", json::Value::object({{"id", means.benchmark}, {"task_id", means.task}})},
           {"value", *value}});
      const json::Value* seconds = root_.find("date");
      const auto day = seconds == nullptr ? std::nullopt : iso_day(seconds->as_double().value_or(-1));
      if (day) entry.set("date", *day);
      entry.set("notes", notes(name, metric));
      return entry;
    }
    return malformed(fmt::format("\"results.{}\" has none of {}", name, fmt::join(kMetrics, "; ")));
  }

  std::string notes(const std::string& name, std::string_view metric) const {
    const std::string version = text_at(root_, "lm_eval_version");
    const json::Value* shots = root_.find("n-shot");
    const json::Value* of_task = shots == nullptr ? nullptr : shots->find(name);
    const auto count = of_task == nullptr ? std::nullopt : of_task->as_int();
    return fmt::format("lm-evaluation-harness{}{}: {}, {}{}", version.empty() ? "" : " ",
                       first_bytes(version, 40), name, count ? fmt::format("{}-shot, ", *count) : "", metric);
  }

  Result<void> report(EvalResults& results) const {
    const std::size_t shown = std::min(others_.size(), kNamedMax);
    std::string names =
        fmt::format("{}", fmt::join(others_.begin(), others_.begin() + std::ptrdiff_t(shown), ", "));
    if (shown < others_.size()) names += fmt::format(" and {} more", others_.size() - shown);
    if (taken_ == 0) {
      return fail(
          ErrorCode::kRefused,
          fmt::format("{}: no task in it is known to measure a benchmark that is registered on the Hub "
                      "({}): {}",
                      file_, benchmark_list(), others_.empty() ? "there are none" : names));
    }
    if (!others_.empty()) {
      results.warnings.push_back(
          {.code = "eval-not-registered",
           .message =
               fmt::format("{}: left out, for no registered benchmark is known for it: {}", file_, names)});
    }
    return {};
  }

  const json::Value& root_;
  std::string_view file_;
  std::vector<std::string> others_{};
  std::size_t taken_ = 0;
};

}  // namespace

Result<void> read_harness_results(std::string_view text, std::string_view file, EvalResults& results) {
  const auto root = json::parse(text, {.allow_nan = true, .bytes_max = kEvalBytesMax});
  if (!root) return fail(ErrorCode::kInvalidArgument, fmt::format("{}: {}", file, root.error().message));
  return File(*root, file).read(results);
}

}  // namespace slipway::card
