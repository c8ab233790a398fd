// card/eval_results.h - results on registered benchmarks, as the Hub wants them: .eval_results/*.yaml.
//
// Contract   Read from the Hub's own form (a list of results, YAML or JSON) or from a results file of
//            lm-evaluation-harness. Only registered benchmarks; a key or a value that the form does not have
//            is an error that names file, line and key. One file for each benchmark, in the Hub's order of
//            keys.
// Limits     file 16 MiB (the Hub's own form 1 MiB), 1,000 results
// Threads    value
// Errors     kInvalidArgument (malformed), kRefused (no registered benchmark)
// Source     hub-docs eval_results.yaml (2026-08); docs/format/eval-results.md
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "model/fix.h"
#include "slipway/json.h"
#include "slipway/result.h"

namespace slipway::card {

inline constexpr std::uint64_t kEvalBytesMax = 16u << 20;

struct EvalResults {
  std::map<std::string, std::vector<json::Value>> of{};  // by the benchmark's id
  std::vector<model::Warning> warnings{};
};

// `file`: its name, for messages. What `text` holds is put behind what is there.
Result<void> read_eval_results(std::string_view text, std::string_view file, EvalResults& results);

// By path in the repository.
std::map<std::string, std::string> eval_files(const EvalResults& results);

}  // namespace slipway::card
