#include "flow/merge_base.h"

#include <algorithm>

#include <fmt/format.h>

#include "model/metadata.h"
#include "slipway/json.h"
#include "transform/cast.h"
#include "transform/dequant/dequantised.h"
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

bool is_code(const tensor::TensorInfo& info) { return !transform::is_castable(info.dtype); }

Result<MergeBase> as_stored(const run::RunFacts& base, const run::RunFacts& run, bool codes) {
  if (codes)
    return fail(
        ErrorCode::kRefused,
        fmt::format("{} is stored quantised: give the 16-bit model that it was made from with --base, or "
                    "say --merge-onto 4bit where that is what the adapter was trained on",
                    base.folder));
  MergeBase made{.source = base.weights->source, .into = "the weights"};
  if (transform::on_load_settings(model::value_of(run.metadata, kConfig)))
    made.warnings.push_back(
        {"merge-not-as-trained",
         fmt::format(
             "{} was trained on its base in 4 bits, and is merged into the base as it is stored, "
             "which most people find as good; --merge-onto 4bit merges into what training computed with",
             run.folder)});
  return made;
}

// The type is the one that the trainer loaded the base in.
Result<MergeBase> quantised_on_load(const run::RunFacts& base, const run::RunFacts& run) {
  const json::Value of_run = model::value_of(run.metadata, kConfig);
  if (!of_run.is_object() || !model::is_quantised(of_run))
    return fail(
        ErrorCode::kRefused,
        fmt::format("--merge-onto 4bit: {} has no config.json with the quantization_config of its training, "
                    "so how {} was quantised is not known; copy it there, or leave the flag out",
                    run.folder, base.folder));
  SLIPWAY_ASSIGN_WITHIN(auto settings, "--merge-onto 4bit", transform::on_load_settings(of_run));
  settings.load_dtype = load_dtype(of_run);
  MergeBase made{.into = "the weights, as a training in 4 bits reads them,"};
  SLIPWAY_ASSIGN_WITHIN(made.source, "--merge-onto 4bit",
                        transform::nf4_round_trip(base.weights->source, settings));
  return made;
}

}  // namespace

Result<MergeBase> choose_merge_base(const run::RunFacts& base, const run::RunFacts& run, bool onto_4bit) {
  const json::Value config = model::value_of(base.metadata, kConfig);
  const bool codes =
      model::is_quantised(config) && std::ranges::any_of(base.weights->source->catalogue(), is_code);
  if (!onto_4bit) return as_stored(base, run, codes);
  if (!codes) return quantised_on_load(base, run);
  MergeBase made{.into = "the weights, as a training in 4 bits reads them,"};
  SLIPWAY_ASSIGN_WITHIN(made.source, "--merge-onto 4bit",
                        transform::dequantised(base.weights->source, config));
  return made;
}

}  // namespace slipway::flow
