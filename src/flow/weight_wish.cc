#include "flow/weight_wish.h"

#include <fmt/format.h>

#include "slipway/json.h"
#include "transform/tied.h"

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

}  // namespace

Result<release::WeightWish> decide_weights(const run::RunFacts& run, const PublishOptions& options) {
  release::WeightWish wish = options.weights;
  wish.rewrite = options.save;
  if (!options.out) {
    if (!wish.changes_weights()) return wish;
    return fail(ErrorCode::kNeedsOutput,
                fmt::format("this rewrites the weights of {}, which is never done in place; give --out DIR",
                            options.run));
  }
  const auto pair = wish.keep_tied ? std::nullopt : stored_twice(run);
  if (pair) {
    SLIPWAY_ASSIGN(wish.drop_tied, transform::same_bytes(*run.weights->source, pair->source, pair->target));
  }
  return wish;
}

}  // namespace slipway::flow
