#include "transform/dequant/quantised_on_load.h"

#include <algorithm>
#include <array>
#include <string_view>

#include <fmt/format.h>

#include "transform/cast.h"
#include "transform/dequant/dequantised.h"
#include "transform/embeddings.h"

namespace slipway::transform {
namespace {

constexpr std::string_view kWeight = ".weight";
constexpr std::string_view kWayOut = "; merge onto the 16-bit base, or onto a base that was saved in 4 bits";
// Whether these are quantised depends on the version of transformers: linear layers once, now one parameter.
constexpr auto kExpertWords =
    std::to_array<std::string_view>({".experts.", ".router.", ".shared_expert_gate.", ".mlp.gate."});

std::unexpected<Error> undecided(std::string_view what) {
  return fail(ErrorCode::kUnsupported, fmt::format("{}{}", what, kWayOut));
}

bool says(const json::Value& quantisation, std::string_view key) {
  const json::Value* value = quantisation.find(key);
  return value != nullptr && value->as_bool().value_or(false);
}

Result<void> refuse_other_methods(const json::Value& quantisation) {
  const json::Value* method = quantisation.find("quant_method");
  if (method != nullptr && !method->is_null() && method->string() != "bitsandbytes")
    return undecided(
        fmt::format("quantization_config names {}, and only bitsandbytes quantises as a model is "
                    "loaded",
                    json::print_compact(*method)));
  if (says(quantisation, "load_in_8bit") || says(quantisation, "_load_in_8bit"))
    return undecided("quantization_config asks for LLM.int8, whose product no plain weight gives");
  if (!says(quantisation, "load_in_4bit") && !says(quantisation, "_load_in_4bit"))
    return undecided("quantization_config does not say load_in_4bit");
  return {};
}

Result<std::optional<std::vector<std::string>>> read_skipped(const json::Value& quantisation) {
  const json::Value* listed = quantisation.find("llm_int8_skip_modules");
  if (listed == nullptr || listed->is_null()) return std::optional<std::vector<std::string>>{};
  std::vector<std::string> modules;
  for (const json::Value& item : listed->items()) {
    const bool plain = item.is_string() && item.string().find_first_of("\\^$*+?()[]{}|") == std::string::npos;
    if (!plain || item.string().empty())
      return undecided(fmt::format("llm_int8_skip_modules holds {}, which is no plain name of a module",
                                   json::print_compact(item)));
    modules.push_back(item.string());
  }
  return std::optional(std::move(modules));
}

// A list matches whole parts of a name at its beginning, or its end.
bool is_skipped(std::string_view module, const std::vector<std::string>& skipped) {
  return std::ranges::any_of(skipped, [&](const std::string& key) {
    const bool begins = module.starts_with(key) &&
                        (module.size() == key.size() || key.ends_with('.') || module[key.size()] == '.');
    return begins || module.ends_with(key);
  });
}

class Choice {
 public:
  Choice(const Embeddings& found, const OnLoadSettings& settings) : found_(found), settings_(settings) {}

  Result<bool> quantises(const tensor::TensorInfo& info) const {
    const std::string_view name = info.name;
    for (const std::string_view word : kExpertWords) {
      if (name.find(word) != std::string_view::npos)
        return undecided(
            fmt::format("whether {} was quantised depends on the version of transformers", name));
    }
    if (!name.ends_with(kWeight) || info.shape.size() != 2 || !is_castable(info.dtype)) return false;
    const std::string_view module = name.substr(0, name.size() - kWeight.size());
    const bool embeds = module.find("embed") != std::string_view::npos || name == found_.input_name;
    const bool in_layer =
        name.starts_with(found_.layers) && name.substr(found_.layers.size()).starts_with('.');
    if (in_layer && !embeds) return !settings_.skip_modules || !is_skipped(module, *settings_.skip_modules);
    if (embeds && !in_layer) return false;
    if (is_head(name, module)) return false;
    return undecided(fmt::format("nothing says whether {} is a linear layer", name));
  }

 private:
  // Output embeddings and the heads of classifiers stay, unless a list of modules leaves them out.
  bool is_head(std::string_view name, std::string_view module) const {
    if (name != found_.output_name && name != "score.weight") return false;
    return !settings_.skip_modules || is_skipped(module, *settings_.skip_modules);
  }

  const Embeddings& found_;
  const OnLoadSettings& settings_;
};

}  // namespace

Result<OnLoadSettings> on_load_settings(const json::Value& config) {
  const json::Value* quantisation = config.find("quantization_config");
  if (quantisation == nullptr || !quantisation->is_object())
    return undecided("config.json has no quantization_config that says how the base was quantised");
  SLIPWAY_TRY(refuse_other_methods(*quantisation));
  OnLoadSettings settings{.nested = says(*quantisation, "bnb_4bit_use_double_quant")};
  const json::Value* type = quantisation->find("bnb_4bit_quant_type");
  const auto known = parse_four_bit(type == nullptr ? "fp4" : std::string_view(type->string()));
  if (!known) return undecided("bnb_4bit_quant_type is neither \"nf4\" nor \"fp4\"");
  settings.type = *known;
  SLIPWAY_ASSIGN(settings.skip_modules, read_skipped(*quantisation));
  if (is_of_conv1d(config)) return undecided("models of Conv1D are transposed before they are quantised");
  return settings;
}

Result<std::vector<bool>> quantised_on_load(std::span<const tensor::TensorInfo> catalogue,
                                            const OnLoadSettings& settings) {
  const auto found = find_embeddings(catalogue);
  if (!found || found->layers.empty())
    return undecided("the tensors' names tell no decoder's layers, so nothing says what was quantised");
  const Choice choice(*found, settings);
  std::vector<bool> chosen;
  for (const tensor::TensorInfo& info : catalogue) {
    SLIPWAY_ASSIGN(const bool quantises, choice.quantises(info));
    chosen.push_back(quantises);
  }
  return chosen;
}

}  // namespace slipway::transform
