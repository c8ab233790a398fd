#include "release/left_quantisation.h"

#include <algorithm>

#include "slipway/json.h"
#include "transform/cast.h"
#include "transform/dequant/four_bit_parts.h"

namespace slipway::release {
namespace {

bool names_bitsandbytes(const json::Value& config) {
  const json::Value* quantisation = config.find("quantization_config");
  const json::Value* method = quantisation == nullptr ? nullptr : quantisation->find("quant_method");
  if (method != nullptr && method->string() == "bitsandbytes") return true;
  return std::ranges::any_of(config.members(), [](const auto& member) {
    return member.first != "quantization_config" && names_bitsandbytes(member.second);
  });
}

}  // namespace

bool is_quantisation_left(const run::RunFacts& run) {
  if (run.adapter || !run.weights) return false;
  const auto catalogue = run.weights->source->catalogue();
  const bool floats = std::ranges::all_of(
      catalogue, [](const tensor::TensorInfo& info) { return transform::is_castable(info.dtype); });
  return floats && !catalogue.empty() && !transform::holds_four_bit(catalogue) &&
         names_bitsandbytes(model::value_of(run.metadata, "config.json"));
}

}  // namespace slipway::release
