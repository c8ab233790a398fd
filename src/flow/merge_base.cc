#include "flow/merge_base.h"

#include <algorithm>

#include <fmt/format.h>

#include "model/metadata.h"
#include "slipway/json.h"
#include "transform/cast.h"
#include "transform/dequant/dequantised.h"
#include "transform/dequant/round_trip.h"
#include "transform/named_dtype.h"

namespace slipway::flow {
namespace {

constexpr std::string_view kConfig = "config.json";

// What a recipe asks for, as the config.json that its training leaves would say it; null where it does not
// train in 4 bits. trl's own default is nf4.
json::Value config_of(const recipe::Recipe& recipe) {
  const auto find = [&](std::string_view key) -> std::string {
    const auto at = std::ranges::find(recipe.values, key, &std::pair<std::string, std::string>::first);
    return at == recipe.values.end() ? "" : at->second;
  };
  const auto says = [&](std::string_view key) { return find(key) == "true" || find(key) == "True"; };
  if (!says("load_in_4bit")) return {};
  const std::string type = find("bnb_4bit_quant_type");
  const std::string dtype = find("torch_dtype").empty() ? find("dtype") : find("torch_dtype");
  return json::Value::object(
      {{"dtype", dtype},
       {"quantization_config",
        json::Value::object({{"load_in_4bit", true},
                             {"bnb_4bit_quant_type", type.empty() ? "nf4" : type},
                             {"bnb_4bit_use_double_quant", says("use_bnb_nested_quant")}})}});
}

// What the trainer left says it, else the recipe; null where neither does.
json::Value trained_config(const run::RunFacts& run, const recipe::Recipe& recipe) {
  json::Value of_run = model::value_of(run.metadata, kConfig);
  if (of_run.is_object()) return model::is_quantised(of_run) ? std::move(of_run) : json::Value();
  return config_of(recipe);
}

bool is_code(const tensor::TensorInfo& info) { return !transform::is_castable(info.dtype); }

Result<MergeBase> as_stored(const run::RunFacts& base, const run::RunFacts& run, const json::Value& trained,
                            bool codes) {
  if (codes)
    return fail(
        ErrorCode::kRefused,
        fmt::format("{} is stored quantised: give the 16-bit model that it was made from with --base, or "
                    "say --merge-onto 4bit where that is what the adapter was trained on",
                    base.folder));
  MergeBase made{.source = base.weights->source, .into = "the weights"};
  if (transform::on_load_settings(trained))
    made.warnings.push_back(
        {"merge-not-as-trained",
         fmt::format(
             "{} was trained on its base in 4 bits, and is merged into the base as it is stored, "
             "which most people find as good; --merge-onto 4bit merges into what training computed with",
             run.folder)});
  return made;
}

// The type is the one that the trainer loaded the base in.
Result<MergeBase> quantised_on_load(const run::RunFacts& base, const run::RunFacts& run,
                                    const json::Value& trained) {
  if (trained.is_null())
    return fail(ErrorCode::kRefused,
                fmt::format("--merge-onto 4bit: neither a config.json with the quantization_config of its "
                            "training nor a recipe with load_in_4bit says how {} was quantised for {}; give "
                            "the recipe with --recipe, or leave the flag out",
                            base.folder, run.folder));
  SLIPWAY_ASSIGN_WITHIN(auto settings, "--merge-onto 4bit", transform::on_load_settings(trained));
  settings.load_dtype = transform::named_dtype(trained);
  const json::Value* dtype = trained.find("dtype");
  if (!settings.load_dtype && dtype != nullptr && dtype->string() != "auto")
    return fail(
        ErrorCode::kRefused,
        fmt::format("--merge-onto 4bit: the recipe's torch_dtype ({}) does not say in which type {} was "
                    "loaded to be quantised; say it with --set torch_dtype=bfloat16 (or float16, "
                    "float32, auto)",
                    dtype->string().empty() ? "absent" : dtype->string(), base.folder));
  MergeBase made{.into = "the weights, as a training in 4 bits reads them,"};
  SLIPWAY_ASSIGN_WITHIN(made.source, "--merge-onto 4bit",
                        transform::nf4_round_trip(base.weights->source, settings));
  made.settings = json::print_compact(trained);
  return made;
}

}  // namespace

Result<MergeBase> choose_merge_base(const run::RunFacts& base, const run::RunFacts& run,
                                    const recipe::Recipe& recipe, bool onto_4bit) {
  const json::Value config = model::value_of(base.metadata, kConfig);
  const bool codes =
      model::is_quantised(config) && std::ranges::any_of(base.weights->source->catalogue(), is_code);
  const json::Value trained = trained_config(run, recipe);
  if (!onto_4bit) return as_stored(base, run, trained, codes);
  if (!codes) return quantised_on_load(base, run, trained);
  MergeBase made{.into = "the weights, as a training in 4 bits reads them,"};
  SLIPWAY_ASSIGN_WITHIN(made.source, "--merge-onto 4bit",
                        transform::dequantised(base.weights->source, config));
  made.state_tensors = base.weights->source->catalogue().size() - made.source->catalogue().size();
  return made;
}

}  // namespace slipway::flow
