#include "flow/merge_base.h"

#include <fmt/format.h>

#include "model/metadata.h"
#include "release/left_quantisation.h"
#include "slipway/json.h"
#include "transform/dequant/dequantised.h"
#include "transform/dequant/four_bit_parts.h"
#include "transform/dequant/round_trip.h"

namespace slipway::flow {
namespace {

constexpr std::string_view kConfig = "config.json";

// The type that the trainer loaded the base in.
std::optional<tensor::Dtype> load_dtype(const json::Value& config) {
  for (const std::string_view key : {"dtype", "torch_dtype"}) {
    const json::Value* value = config.find(key);
    if (value == nullptr) continue;
    for (const tensor::Dtype dtype : {tensor::Dtype::kBF16, tensor::Dtype::kF16, tensor::Dtype::kF32})
      if (value->string() == tensor::torch_name(dtype)) return dtype;
  }
  return std::nullopt;
}

std::string method_of(const json::Value& config) {
  const json::Value* quantisation = config.find("quantization_config");
  const json::Value* method = quantisation == nullptr ? nullptr : quantisation->find("quant_method");
  return method == nullptr || method->string().empty() ? "a method that it does not name" : method->string();
}

Result<MergeBase> dequantised_base(const run::RunFacts& base, const json::Value& config) {
  const std::string method = method_of(config);
  if (method != "bitsandbytes" && model::is_quantised(config))
    return fail(
        ErrorCode::kUnsupported,
        fmt::format("{} is quantised by {}, and adapters are merged onto floats; give the 16-bit base "
                    "with --base",
                    base.folder, method));
  MergeBase made{.said = "the base's 4-bit weights, dequantised: what training computed with"};
  SLIPWAY_ASSIGN_WITHIN(made.source, fmt::format("dequantise {}", base.folder),
                        transform::dequantised(base.weights->source, config));
  return made;
}

Result<MergeBase> base_as_trained(const run::RunFacts& base, const run::RunFacts& run,
                                  const json::Value& left) {
  SLIPWAY_ASSIGN_WITHIN(auto settings, run.folder, transform::on_load_settings(left));
  settings.load_dtype = load_dtype(left);
  MergeBase made{.said = fmt::format("the base quantised to {}{} as training loaded it, and dequantised",
                                     transform::four_bit_name(settings.type),
                                     settings.nested ? " with nested scales" : "")};
  SLIPWAY_ASSIGN_WITHIN(made.source, base.folder, transform::nf4_round_trip(base.weights->source, settings));
  return made;
}

}  // namespace

Result<MergeBase> choose_merge_base(const run::RunFacts& base, const run::RunFacts& run, bool as_trained) {
  const json::Value config = model::value_of(base.metadata, kConfig);
  const bool stored_quantised = model::is_quantised(config) && !release::is_quantisation_left(base);
  if (stored_quantised || transform::holds_four_bit(base.weights->source->catalogue()))
    return dequantised_base(base, config);
  const json::Value left = model::value_of(run.metadata, kConfig);
  if (as_trained) return base_as_trained(base, run, left);
  MergeBase made{.source = base.weights->source, .said = "the base as it is stored"};
  if (transform::on_load_settings(left))
    made.warnings.push_back(
        {"merge-not-as-trained",
         fmt::format(
             "{} was trained on its base in 4 bits, and is merged onto the base as it is stored, which "
             "most people find as good; --dequantise merges onto what training computed with",
             run.folder)});
  return made;
}

}  // namespace slipway::flow
