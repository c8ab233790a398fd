// card/benchmarks.h - the benchmarks that the Hub has registered, and what evaluation programs call them.
//
// Contract   A data set on the Hub is a benchmark when its eval.yaml names tasks and the Hub lists it. A
//            table: nothing is asked for.
// Threads    value
// Source     hub-docs eval-results.md and eval_results.yaml (2026-08), lm-evaluation-harness lm_eval/tasks
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::card {

struct Benchmark {
  std::string_view id;                      // of the data set
  std::span<const std::string_view> tasks;  // empty: whatever its eval.yaml names
};
const Benchmark* find_benchmark(std::string_view id);
std::string benchmark_list();  // "cais/hle, ..."

// A task of lm-evaluation-harness that measures a registered one.
struct HarnessTask {
  std::string_view benchmark;
  std::string_view task;
};
// `name`: "gpqa_diamond_cot_zeroshot"; "" in both when it measures none.
HarnessTask harness_task(std::string_view name);

}  // namespace slipway::card
