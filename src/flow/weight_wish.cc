#include "flow/weight_wish.h"

#include <algorithm>

#include <fmt/format.h>

#include "model/adapter_names.h"
#include "run/weights.h"
#include "slipway/json.h"
#include "transform/named_dtype.h"
#include "transform/tied.h"
#include "transform/wrapped_names.h"

namespace slipway::flow {
namespace {

// The modules that an adapter saves whole, under the names they have in the base.
std::optional<transform::TiedPair> pair_of_adapter(const run::RunFacts& run) {
  const auto stored = run.weights->source->catalogue();
  std::vector<tensor::TensorInfo> catalogue(stored.begin(), stored.end());
  for (tensor::TensorInfo& info : catalogue) {
    if (info.name.starts_with(model::kPeftPrefix)) info.name.erase(0, model::kPeftPrefix.size());
  }
  return transform::find_embedding_pair(catalogue);
}

// Both embeddings are stored although the config ties them; of an adapter, whose config is the base's, simply
// both.
std::optional<transform::TiedPair> stored_twice(const run::RunFacts& run) {
  if (run.adapter && run.weights) return pair_of_adapter(run);
  if (!run.weights) return std::nullopt;
  const json::Value config = model::value_of(run.metadata, "config.json");
  const bool quantised = !run.dequantised && model::is_quantised(run.metadata);
  if (quantised || !transform::says_tied(config)) return std::nullopt;
  return transform::find_embedding_pair(transform::unwrapped(run.weights->source->catalogue()));
}

std::unexpected<Error> needs_output(const PublishOptions& options, std::string_view why) {
  return fail(
      ErrorCode::kNeedsOutput,
      fmt::format("this rewrites the weights of {}{}, which is never done in place; give --out DIR, or "
                  "--stream to send them without a copy here",
                  options.run, why));
}

// What training computes with, and keeps as it stands: twice the size of the model.
bool holds_masters(const run::RunFacts& run) {
  const auto is_full_fsdp = [](const std::string& file) { return file.starts_with("pytorch_model_fsdp"); };
  return run.format == "dcp" || run.format == "zero" ||
         std::ranges::any_of(run.weights->set.files, is_full_fsdp);
}

void wish_for_masters(const run::RunFacts& run, release::WeightWish& wish) {
  if (!run.weights || wish.dtype || wish.keep_dtype || run.adapter || !holds_masters(run)) return;
  const auto catalogue = run.weights->source->catalogue();
  const bool quantised = !run.dequantised && model::is_quantised(run.metadata);
  const auto named =
      quantised ? std::nullopt : transform::named_dtype(model::value_of(run.metadata, "config.json"));
  const bool any =
      std::ranges::find(catalogue, tensor::Dtype::kF32, &tensor::TensorInfo::dtype) != catalogue.end();
  if (!named || *named == tensor::Dtype::kF32 || !any) return;
  wish.dtype = named;
  wish.dtype_reason =
      "training kept its weights in 32 bits, config.json names the model's type (--dtype keep leaves them)";
}

}  // namespace

Result<release::WeightWish> decide_weights(const run::RunFacts& run, const PublishOptions& options) {
  release::WeightWish wish = options.weights;
  const auto foreign = run::foreign_weights(run);
  if (foreign && options.keep_format) return wish;
  wish.rewrite = options.save || options.merge || foreign;
  const auto* wrapped = run.weights ? transform::find_wrapped(run.weights->source->catalogue()) : nullptr;
  wish.unwrap = wrapped != nullptr;
  if (!options.leaves_run_alone() && wrapped != nullptr)
    return needs_output(options, fmt::format(" ({} bears a word of the training)", wrapped->name));
  if (!options.leaves_run_alone() && foreign)
    return needs_output(options, fmt::format(" ({})", foreign->words));
  if (!options.leaves_run_alone() && wish.changes_weights()) return needs_output(options, "");
  wish_for_masters(run, wish);
  const auto pair = stored_twice(run);
  if (!pair) return wish;
  SLIPWAY_ASSIGN(const bool same, transform::same_bytes(*run.weights->source, pair->source, pair->target));
  wish.tied_differ = !same;
  wish.drop_tied = same && options.leaves_run_alone() && !wish.keep_tied && !run.adapter;
  return wish;
}

Result<release::WeightWish> decide_weights_elsewhere(const run::RunFacts& run, PublishOptions options) {
  options.stream = true;
  return decide_weights(run, options);
}

}  // namespace slipway::flow
