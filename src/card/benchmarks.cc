#include "card/benchmarks.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace slipway::card {
namespace {

constexpr std::string_view kHle[] = {"hle", "default"};
constexpr std::string_view kGpqa[] = {"gpqa_diamond", "gpqa_main", "gpqa_extended"};
constexpr std::string_view kMmluPro[] = {"mmlu_pro"};
constexpr std::string_view kGsm8k[] = {"gsm8k"};
constexpr std::string_view kAime2026[] = {"MathArena/aime_2026"};

constexpr auto kBenchmarks = std::to_array<Benchmark>({
    {"Idavidrein/gpqa", kGpqa},
    {"MathArena/aime_2026", kAime2026},
    {"TIGER-Lab/MMLU-Pro", kMmluPro},
    {"allenai/olmOCR-bench", {}},
    {"cais/hle", kHle},
    {"openai/gsm8k", kGsm8k},
});

// A name of the harness begins with `name`, and ends there or goes on with "_": the way it is asked.
struct Row {
  std::string_view name;
  HarnessTask means;
};
constexpr auto kHarness = std::to_array<Row>({
    {"gsm8k_platinum", {}},
    {"gsm8k", {"openai/gsm8k", "gsm8k"}},
    {"mmlu_pro_plus", {}},
    {"gpqa_diamond", {"Idavidrein/gpqa", "gpqa_diamond"}},
    {"gpqa_main", {"Idavidrein/gpqa", "gpqa_main"}},
    {"gpqa_extended", {"Idavidrein/gpqa", "gpqa_extended"}},
});

}  // namespace

const Benchmark* find_benchmark(std::string_view id) {
  const auto* at = std::ranges::find(kBenchmarks, id, &Benchmark::id);
  return at == kBenchmarks.end() ? nullptr : at;
}

std::string benchmark_list() {
  std::vector<std::string_view> ids;
  for (const Benchmark& one : kBenchmarks) ids.push_back(one.id);
  return fmt::format("{}", fmt::join(ids, ", "));
}

HarnessTask harness_task(std::string_view name) {
  constexpr std::string_view kLeaderboard = "leaderboard_";
  if (name.starts_with(kLeaderboard)) name.remove_prefix(kLeaderboard.size());
  if (name == "mmlu_pro") return {"TIGER-Lab/MMLU-Pro", "mmlu_pro"};  // its subjects are parts of it
  for (const Row& row : kHarness) {
    if (!name.starts_with(row.name)) continue;
    const std::string_view rest = name.substr(row.name.size());
    if (rest.empty() || rest.front() == '_') return row.means;
  }
  return {};
}

}  // namespace slipway::card
