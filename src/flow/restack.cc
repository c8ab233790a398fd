#include "flow/restack.h"

#include <fmt/format.h>

#include "model/metadata.h"
#include "transform/restacked_experts.h"
#include "transform/tied.h"

namespace slipway::flow {
namespace {

Result<transform::ExpertFamily> family_of(const run::RunFacts& run) {
  const json::Value config = model::value_of(run.metadata, "config.json");
  std::string named;
  for (const json::Value* level : transform::language_levels(config)) {
    const json::Value* type = level->find("model_type");
    if (type == nullptr) continue;
    if (const auto family = transform::experts_of_model(type->string())) return *family;
    if (named.empty()) named = type->string();
  }
  return fail(
      ErrorCode::kUnsupported,
      fmt::format("--experts: what the experts of {} are called in the other form is not known{}; load it "
                  "with transformers and save it there",
                  run.folder, named.empty() ? "" : fmt::format(" for the model_type '{}'", named)));
}

}  // namespace

Result<void> restack_where_asked(const PublishOptions& options, run::RunFacts& run) {
  if (!options.weights.experts_stacked || !run.weights) return {};
  if (run.adapter)
    return fail(ErrorCode::kInvalidArgument,
                fmt::format("--experts: {} holds an adapter; merge it with --merge, or leave the flag out",
                            run.folder));
  if (!run.dequantised && model::is_quantised(run.metadata))
    return fail(
        ErrorCode::kUnsupported,
        fmt::format("--experts: the weights of {} are quantised, and their scales are not laid out anew; "
                    "leave the flag out",
                    run.folder));
  const bool stacked = *options.weights.experts_stacked;
  SLIPWAY_ASSIGN(const auto family, family_of(run));
  tensor::OpenedWeights& weights = *run.weights;
  const auto before = weights.source;
  SLIPWAY_ASSIGN(weights.source, transform::restack_experts(before, family, stacked));
  if (weights.source == before) return {};
  run.restacked = run::RestackedFacts{
      .stacked = stacked, .before = before->catalogue().size(), .after = weights.source->catalogue().size()};
  if (!weights.masters) return {};
  SLIPWAY_ASSIGN(weights.masters, transform::restack_experts(weights.masters, family, stacked));
  return {};
}

}  // namespace slipway::flow
