#include "flow/merged_config.h"

#include <array>

#include <fmt/format.h>

#include "slipway/json.h"

namespace slipway::flow {
namespace {

constexpr std::string_view kConfig = "config.json";
constexpr auto kLevels =
    std::to_array<std::string_view>({"", "text_config", "llm_config", "language_config"});
constexpr auto kOfLabels =
    std::to_array<std::string_view>({"id2label", "label2id", "num_labels", "problem_type"});
// What the names of models' classes end with.
constexpr auto kEnds = std::to_array<std::string_view>(
    {"ForCausalLM", "LMHeadModel", "ForMaskedLM", "ForPreTraining", "ForConditionalGeneration",
     "ForSequenceClassification", "ForTokenClassification", "ForQuestionAnswering", "Model"});
constexpr std::uint64_t kLabelsMax = 100'000;

class MergedConfig {
 public:
  MergedConfig(json::Document document, const ConfigChanges& changes, json::Value of_run)
      : document_(std::move(document)), changes_(changes), of_run_(std::move(of_run)) {}

  Result<void> adjust() {
    for (const std::string_view level : kLevels) SLIPWAY_TRY(adjust_level(level));
    if (changes_.labels) SLIPWAY_TRY(make_classifier(*changes_.labels));
    return {};
  }
  const std::string& text() const { return document_.text(); }
  std::vector<std::string> told{};

 private:
  Result<void> adjust_level(std::string_view level) {
    const auto at = [&](std::string_view key) {
      return level.empty() ? std::vector{key} : std::vector{level, key};
    };
    if (changes_.rows) SLIPWAY_TRY(replace_rows(at("vocab_size"), at("decoder_vocab_size")));
    if (changes_.layers.empty()) return {};
    for (const char* key : {"num_hidden_layers", "n_layer", "num_layers"})
      SLIPWAY_TRY(replace(at(key), json::Value(static_cast<std::uint64_t>(changes_.layers.size()))));
    return replicate_types(at("layer_types"));
  }

  // Marian counts its decoder's rows apart.
  Result<void> replace_rows(const std::vector<std::string_view>& rows,
                            const std::vector<std::string_view>& of_decoder) {
    const json::Value* one = document_.find(rows);
    const json::Value* other = document_.find(of_decoder);
    if (one != nullptr && other != nullptr && one->same_as(*other))
      SLIPWAY_TRY(replace(of_decoder, json::Value(*changes_.rows)));
    return replace(rows, json::Value(*changes_.rows));
  }

  // One word for each layer.
  Result<void> replicate_types(const std::vector<std::string_view>& path) {
    const json::Value* types = document_.find(path);
    if (types == nullptr || !types->is_array()) return {};
    json::Value list = json::Value::array();
    for (const std::uint64_t layer : changes_.layers) {
      if (layer >= types->items().size()) return {};
      list.push_back(types->items()[layer]);
    }
    return replace(path, list);
  }

  // What is there, by another value.
  Result<void> replace(const std::vector<std::string_view>& path, const json::Value& value) {
    return document_.find(path) == nullptr ? Result<void>() : put(path, value);
  }
  Result<void> put(const std::vector<std::string_view>& path, const json::Value& value) {
    const json::Value* was = document_.find(path);
    if (was != nullptr && was->same_as(value)) return {};
    told.push_back(fmt::format("{} {} -> {}", path.back(),
                               was == nullptr ? "(absent)" : json::print_compact(*was),
                               json::print_compact(value)));
    return document_.set(path, value);
  }

  Result<void> make_classifier(std::uint64_t labels) {
    SLIPWAY_TRY(put({"architectures"}, json::Value::array({architecture()})));
    for (const std::string_view key : kOfLabels)
      if (const json::Value* value = of_run_.find(key)) SLIPWAY_TRY(put({key}, *value));
    SLIPWAY_TRY(replace({"num_labels"}, json::Value(labels)));
    const json::Value* named = document_.find("id2label");
    if ((named != nullptr && named->members().size() == labels) || labels > kLabelsMax) return {};
    json::Value names = json::Value::object();
    json::Value ids = json::Value::object();
    for (std::uint64_t i = 0; i < labels; ++i) {
      names.set(std::to_string(i), fmt::format("LABEL_{}", i));
      ids.set(fmt::format("LABEL_{}", i), i);
    }
    SLIPWAY_TRY(put({"id2label"}, names));
    return put({"label2id"}, ids);
  }

  // "LlamaForSequenceClassification" of "LlamaForCausalLM".
  std::string architecture() const {
    const std::string& suffix = changes_.head_class;
    if (!suffix.starts_with("For")) return suffix;
    std::string trained = model::architecture_of(of_run_);
    if (trained.ends_with(suffix)) return trained;
    std::string name = model::architecture_of(document_.root());
    if (name.ends_with(suffix)) return name;
    for (const std::string_view end : kEnds) {
      if (!name.ends_with(end)) continue;
      name.resize(name.size() - end.size());
      break;
    }
    return name + suffix;
  }

  json::Document document_;
  const ConfigChanges& changes_;
  json::Value of_run_;
};

}  // namespace

Result<std::vector<std::string>> adjust_config(const ConfigChanges& changes, const run::RunFacts& run,
                                               run::RunFacts& merged) {
  std::string& text = merged.metadata.files[std::string(kConfig)];
  SLIPWAY_ASSIGN_WITHIN(auto document, kConfig, json::Document::parse(text, {.allow_nan = true}));
  MergedConfig config(std::move(document), changes, model::value_of(run.metadata, kConfig));
  SLIPWAY_TRY_WITHIN(kConfig, config.adjust());
  text = config.text();
  for (run::Borrowed& file : merged.borrowed)
    if (file.path == kConfig) file.text = text;
  return std::move(config.told);
}

}  // namespace slipway::flow
