#include "flow/weight_wish.h"

#include <fmt/format.h>

#include "slipway/json.h"
#include "transform/tied.h"
#include "transform/wrapped_names.h"

namespace slipway::flow {
namespace {

// Both embeddings are stored although the config ties them.
std::optional<transform::TiedPair> stored_twice(const run::RunFacts& run) {
  const std::string* text = run.metadata.find("config.json");
  if (run.adapter || !run.weights || text == nullptr) return std::nullopt;
  const auto config = json::parse(*text, {.allow_nan = true});
  if (!config || !transform::says_tied(*config)) return std::nullopt;
  return transform::find_embedding_pair(run.weights->source->catalogue());
}

std::unexpected<Error> needs_output(const PublishOptions& options, std::string_view why) {
  return fail(ErrorCode::kNeedsOutput,
              fmt::format("this rewrites the weights of {}{}, which is never done in place; give --out DIR",
                          options.run, why));
}

}  // namespace

Result<release::WeightWish> decide_weights(const run::RunFacts& run, const PublishOptions& options) {
  release::WeightWish wish = options.weights;
  wish.rewrite = options.save;
  const auto* wrapped = run.weights ? transform::find_wrapped(run.weights->source->catalogue()) : nullptr;
  wish.unwrap = wrapped != nullptr;
  if (!options.out && wrapped != nullptr)
    return needs_output(options, fmt::format(" ({} bears the name of a wrapper)", wrapped->name));
  if (!options.out && wish.changes_weights()) return needs_output(options, "");
  const auto pair = stored_twice(run);
  if (!pair) return wish;
  SLIPWAY_ASSIGN(const bool same, transform::same_bytes(*run.weights->source, pair->source, pair->target));
  wish.tied_differ = !same;
  wish.drop_tied = same && options.out && !wish.keep_tied;
  return wish;
}

}  // namespace slipway::flow
