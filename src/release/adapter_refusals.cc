#include "release/adapter_refusals.h"

#include <fmt/format.h>

#include "model/adapter_names.h"
#include "model/mergeable.h"
#include "release/refusals.h"
#include "slipway/json.h"

namespace slipway::release {
namespace {

constexpr std::string_view kConfig = "adapter_config.json";

json::Value config_of(const run::RunFacts& run) { return model::value_of(run.metadata, kConfig); }

Result<void> refuse_names(const run::RunFacts& run) {
  const json::Value config = config_of(run);
  for (const tensor::TensorInfo& info : run.weights->source->catalogue()) {
    if (model::is_nested_adapter_name(info.name)) {
      return fail(
          ErrorCode::kRefused,
          fmt::format("{} holds {}: an adapter that was trained inside of another one, on {}; loaders "
                      "ignore such names and change nothing. Merge the inner adapter into {}, train or "
                      "load the outer one on that, and save it again",
                      info.file, info.name, run.adapter->base, run.adapter->base));
    }
    if (!model::is_own_adapter_name(info.name, config)) {
      return fail(
          ErrorCode::kRefused,
          fmt::format("{} holds {}, a tensor of the base that adapter_config.json does not declare; save "
                      "the adapter with peft's save_pretrained, or name its module in modules_to_save",
                      info.file, info.name));
    }
  }
  return {};
}

Result<void> refuse_chain(const run::RunFacts& run, const Options& options) {
  if (!options.chain || !options.chain->broken) return {};
  const run::AdapterChain& chain = *options.chain;
  return fail(
      ErrorCode::kRefused,
      fmt::format("{}: put on {} alone, {} lacks what {} changed. Merge {} into {}, publish that model, and "
                  "give its id with --base OWNER/NAME",
                  chain.told, chain.root, run.folder, chain.middle, chain.middle, chain.root));
}

Result<void> refuse_private_base(const run::RunFacts& run, const Options& options) {
  if (!options.pushing || !options.base_id.empty()) return {};
  if (options.chain) {
    return fail(
        ErrorCode::kRefused,
        fmt::format("{}, which nobody else can load; publish {} first and give its public id with --base "
                    "OWNER/NAME",
                    options.chain->told, options.chain->middle));
  }
  return fail(
      ErrorCode::kRefused,
      fmt::format("adapter_config.json names its base '{}', which nobody else can load; give its public "
                  "id with --base OWNER/NAME",
                  run.adapter->base));
}

}  // namespace

Result<void> refuse_merge(const run::RunFacts& run, const Options& options) {
  for (const run::Problem& problem : run.problems)
    if (problem.file == kConfig) return fail(problem.error, problem.message);
  if (!run.adapter)
    return fail(ErrorCode::kInvalidArgument,
                fmt::format("--merge: {} is no adapter, so there is nothing to merge; leave the flag out",
                            run.folder));
  SLIPWAY_TRY(model::check_mergeable(config_of(run)));
  for (const run::Problem& problem : run.problems)
    if (!is_mild(problem)) return fail(problem.error, problem.message);
  if (!run.weights) return fail(ErrorCode::kRefused, fmt::format("{} holds no weights to merge", run.folder));
  SLIPWAY_TRY(refuse_names(run));
  return refuse_chain(run, options);
}

Result<void> refuse_adapter(const run::RunFacts& run, const Options& options) {
  if (!run.adapter) return {};
  SLIPWAY_TRY(refuse_names(run));
  SLIPWAY_TRY(refuse_chain(run, options));
  return refuse_private_base(run, options);
}

}  // namespace slipway::release
