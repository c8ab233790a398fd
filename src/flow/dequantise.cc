#include "flow/dequantise.h"

#include <fmt/format.h>

#include "model/metadata.h"
#include "run/weights.h"
#include "transform/dequant/dequantised.h"

namespace slipway::flow {

Result<void> dequantise_where_asked(const PublishOptions& options, run::RunFacts& run) {
  if (!options.weights.dequantise || !run.weights) return {};  // what has no weights is refused later
  if (options.merge) return {};                                // of the base: merge_base.h
  if (run.adapter) {
    return fail(ErrorCode::kInvalidArgument,
                fmt::format("{} holds an adapter, whose own weights are not quantised; leave --dequantise "
                            "out, or merge it with --merge",
                            options.run));
  }
  const json::Value config = model::value_of(run.metadata, "config.json");
  const std::size_t stored = run.weights->source->catalogue().size();
  SLIPWAY_ASSIGN_WITHIN(auto made, fmt::format("dequantise {}", options.run),
                        transform::dequantised(run.weights->source, config));
  run.dequantised = run::DequantisedFacts{.state_tensors = stored - made->catalogue().size()};
  run.weights->source = std::move(made);
  run.output_rows = run::output_rows(run.weights->source->catalogue());
  return {};
}

}  // namespace slipway::flow
