#include "release/refusals.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "os/path.h"
#include "release/adapter_refusals.h"

namespace slipway::release {
namespace {

Result<void> refuse_problems(const run::RunFacts& run, std::vector<model::Warning>& warnings) {
  for (const run::Problem& problem : run.problems) {
    if (is_mild(problem)) {
      if (problem.code != "link-leaves-run") warnings.push_back({problem.code, problem.message});
      continue;
    }
    return fail(problem.error, problem.message);
  }
  return {};
}

}  // namespace

bool is_mild(const run::Problem& problem) {
  constexpr auto kMild = std::to_array<std::string_view>(
      {"stale-weights", "weights-in-two-formats", "link-leaves-run", "token-in-training-args",
       "training-args-unread", "training-log-unread", "checkpoint-picked", "checkpoint-passed-over"});
  return std::ranges::find(kMild, problem.code) != kMild.end();
}

Result<void> refuse_unpublishable(const run::RunFacts& run, const Options& options,
                                  std::vector<model::Warning>& warnings) {
  SLIPWAY_TRY(refuse_problems(run, warnings));
  const bool gguf = run.format == run::kGgufFormat;
  if (gguf && options.weights.changes_weights()) {
    return fail(
        ErrorCode::kUnsupported,
        fmt::format("{} holds GGUF files, which are quantised and published as they are; leave --dtype "
                    "and --max-shard-size out, and use `slipway publish`, not `save`",
                    run.folder));
  }
  if (!run.weights && !gguf) {
    return fail(
        ErrorCode::kRefused,
        fmt::format("{} holds no weights to publish; give the folder that training wrote", run.folder));
  }
  const bool has_tokenizer =
      run.metadata.find("tokenizer_config.json") != nullptr || run.metadata.find("tokenizer.json") != nullptr;
  if (gguf) return {};  // configuration and tokenizer are inside
  if (!run.adapter && run.metadata.find("config.json") == nullptr) {
    if (options.weights_alone) {
      warnings.push_back({"config-missing", "no config.json: no loader reads weights without one"});
      return {};
    }
    return fail(ErrorCode::kRefused,
                fmt::format("{} has no config.json, and no loader reads weights without one; copy the base's",
                            run.folder));
  }
  if (!has_tokenizer && options.weights_alone) {
    warnings.push_back({"tokenizer-missing", "no tokenizer files: users need the base's tokenizer"});
    return {};
  }
  if (!has_tokenizer && !run.adapter && model::generates(run.kind)) {
    return fail(ErrorCode::kRefused,
                fmt::format("{} has no tokenizer files; save the tokenizer there first", run.folder));
  }
  if (!has_tokenizer && run.adapter) {
    warnings.push_back({"tokenizer-missing", "no tokenizer files: users need the base's tokenizer"});
  }
  return refuse_adapter(run, options);
}

Result<void> refuse_settings_with_token(const run::RunFacts& run, const run::RunFile& file) {
  if (os::base_name(file.path) != run::kTrainingArgsName) return {};
  const auto is_of_it = [&](const run::Problem& problem) { return problem.file == file.path; };
  // A checkpoint's are only read where the run has none of its own.
  const bool read = run.training_args && file.path == run::kTrainingArgsName;
  if (read && std::ranges::none_of(run.problems, is_of_it)) return {};
  return fail(ErrorCode::kRefused,
              fmt::format("{} {}; leave it out of --add, nobody needs it to load the model", file.path,
                          read ? "holds a secret in clear" : "may hold a token: it was not read"));
}

Result<void> refuse_link(const run::RunFile& file) {
  if (!file.leaves_run) return {};
  return fail(
      ErrorCode::kRefused,
      fmt::format("{} is a link that leaves the run's folder; replace it by the file it means, or leave it "
                  "out with --exclude {}",
                  file.path, file.path));
}

}  // namespace slipway::release
