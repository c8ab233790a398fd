#include "release/weights_check.h"

#include <algorithm>
#include <array>
#include <set>

#include <fmt/format.h>

#include "release/lora_check.h"
#include "release/names_check.h"
#include "release/outline_check.h"
#include "run/weights.h"
#include "slipway/json.h"
#include "transform/embeddings.h"
#include "transform/tied.h"
#include "transform/wrapped_names.h"

namespace slipway::release {
namespace {

constexpr std::string_view kDecoderLayers = "model.decoder.layers";
constexpr std::uint64_t kMllamaRows = 8;  // of its own, behind the vocabulary
constexpr std::uint64_t kLayersMax = 100'000;
constexpr auto kLayerKeys = std::to_array<std::string_view>({"num_hidden_layers", "n_layer", "n_layers"});

std::unexpected<Error> lie(std::string message) { return fail(ErrorCode::kCorruptData, std::move(message)); }

// A number of the language model: the first level that has it.
std::optional<std::uint64_t> number(const json::Value& config, std::string_view key) {
  for (const json::Value* level : transform::language_levels(config)) {
    const json::Value* value = level->find(key);
    if (const auto count = value == nullptr ? std::nullopt : value->as_uint()) return count;
  }
  return std::nullopt;
}

// Encoder-decoders count their decoder's layers apart.
std::optional<std::uint64_t> layers_of(const json::Value& config, std::string_view layers) {
  if (layers == kDecoderLayers) {
    if (const auto count = number(config, "decoder_layers")) return count;
  }
  if (number(config, "n_recurrent_layers")) return std::nullopt;  // some are run more than once
  for (const std::string_view key : kLayerKeys) {
    // LongCat counts two attentions of a layer as two.
    if (const auto count = number(config, key))
      return std::min(*count, number(config, "num_layers").value_or(*count));
  }
  return std::nullopt;
}

class WeightsCheck {
 public:
  WeightsCheck(const run::RunFacts& run, const json::Value& config)
      : config_(config),
        catalogue_(transform::unwrapped(run.weights->source->catalogue())),
        quantised_(!run.dequantised &&
                   (model::is_quantised(config) || (!run.adapter && model::is_quantised(run.metadata)))),
        kind_(run.kind),
        found_(transform::find_embeddings(catalogue_)) {}

  Result<void> run() const {
    if (quantised_) return {};
    if (found_) {
      SLIPWAY_TRY(refuse_wrong_rows());
      SLIPWAY_TRY(refuse_wrong_output());
      SLIPWAY_TRY(refuse_missing_output());
      SLIPWAY_TRY(refuse_missing_layers());
      SLIPWAY_TRY(check_outline(catalogue_, *found_, config_, layers_of(config_, found_->layers)));
    }
    return check_names(catalogue_, config_);
  }

 private:
  Result<void> refuse_wrong_rows() const {
    const auto rows = vocabulary();
    if (!rows || !found_->input) return {};
    const tensor::TensorInfo& info = catalogue_[*found_->input];
    if (info.shape.size() != 2 || info.shape[0] == *rows || output_has(*rows)) return {};
    return wrong_rows(info, *rows);
  }

  // nullopt: the class rounds it up. Marian's decoder may count its own.
  std::optional<std::uint64_t> vocabulary() const {
    if (config_.find("pad_vocab_size_multiple") != nullptr) return std::nullopt;
    const auto of_decoder =
        found_->layers == kDecoderLayers ? number(config_, "decoder_vocab_size") : std::nullopt;
    return of_decoder ? of_decoder : number(config_, "vocab_size");
  }

  Result<void> refuse_wrong_output() const {
    const auto rows = vocabulary();
    if (!rows || !found_->input || !found_->output) return {};
    const tensor::TensorInfo& info = catalogue_[*found_->output];
    const bool wrong = info.shape.size() == 2 && info.shape[0] != *rows && !is_said(info.shape[0]);
    return wrong ? wrong_rows(info, *rows) : Result<void>();
  }

  // Classes of several models count by the level that they please (Ovis2).
  bool is_said(std::uint64_t rows) const {
    const auto says = [&](const json::Value* level) {
      const json::Value* value = level->find("vocab_size");
      return value != nullptr && value->as_uint() == rows;
    };
    return std::ranges::any_of(transform::language_levels(config_), says);
  }

  static std::unexpected<Error> wrong_rows(const tensor::TensorInfo& info, std::uint64_t said) {
    return lie(
        fmt::format("{} has {} rows and config.json says vocab_size {}: no loader takes it; save model "
                    "and config together",
                    info.name, info.shape[0], said));
  }

  // Classes with tokens of their own behind the vocabulary have more inputs than outputs (Mllama, whose bare
  // model has no outputs to tell by).
  bool output_has(std::uint64_t rows) const {
    const json::Value* type = config_.find("model_type");
    if (!found_->output)
      return type != nullptr && type->string() == "mllama" &&
             catalogue_[*found_->input].shape[0] == rows + kMllamaRows;
    const tensor::TensorInfo& info = catalogue_[*found_->output];
    return info.shape.size() == 2 && info.shape[0] == rows;
  }

  // Named `lm_head.weight`, or whatever quantisers make of it; DeepSeek 4 calls it `head.weight`.
  bool has_output() const {
    const std::string_view stem = found_->output_name.substr(0, found_->output_name.rfind('.') + 1);
    const auto& shape = catalogue_[*found_->input].shape;
    return std::ranges::any_of(catalogue_, [&](const tensor::TensorInfo& info) {
      const bool by_another_name = info.shape == shape && info.name.ends_with("head.weight");
      return info.name.starts_with(stem) || by_another_name;
    });
  }

  Result<void> refuse_missing_output() const {
    const bool language_head =
        kind_ == model::ModelKind::kDecoder || kind_ == model::ModelKind::kVisionLanguage;
    if (!language_head || !found_->input || has_output()) return {};
    if (!transform::says_untied(config_)) return {};
    return lie(
        fmt::format("{} is missing and config.json says tie_word_embeddings: false, so loaders would "
                    "fill it with random values; save the model again, or say true there if it is {}",
                    found_->output_name, found_->input_name));
  }

  Result<void> refuse_missing_layers() const {
    const auto count = layers_of(config_, found_->layers);
    if (!count || found_->layers.empty() || config_.find("block_configs") != nullptr) return {};
    const std::set<std::uint64_t> there = layers();
    if (there.empty()) return {};
    for (std::uint64_t i = 0; i < std::min(*count, kLayersMax); ++i) {
      if (there.contains(i)) continue;
      return lie(
          fmt::format("{}.{} has no tensor and config.json says {} layers, so loaders would fill it "
                      "with random values; save the model again",
                      found_->layers, i, *count));
    }
    return {};
  }

  std::set<std::uint64_t> layers() const {
    std::set<std::uint64_t> numbers;
    for (const tensor::TensorInfo& info : catalogue_) {
      if (!info.name.starts_with(found_->layers)) continue;
      const std::string_view rest = std::string_view(info.name).substr(found_->layers.size());
      const std::size_t end = rest.find('.', 1);
      if (!rest.starts_with('.') || end == std::string_view::npos || end > 7) continue;
      const std::string_view digits = rest.substr(1, end - 1);
      if (digits.empty() || !std::ranges::all_of(digits, [](char c) { return c >= '0' && c <= '9'; }))
        continue;
      numbers.insert(std::stoul(std::string(digits)));
    }
    return numbers;
  }

  const json::Value& config_;
  std::vector<tensor::TensorInfo> catalogue_;  // under the names that are published
  bool quantised_;
  model::ModelKind kind_;
  std::optional<transform::Embeddings> found_;
};

Result<void> refuse_placeholders(const run::RunFacts& run) {
  if (const tensor::TensorInfo* empty = run::find_placeholder(run)) {
    return lie(
        fmt::format("{} in {} is empty: the trainer saved a placeholder of ZeRO-3 instead of the values; "
                    "gather the weights first (stage3_gather_16bit_weights_on_model_save), or give the "
                    "checkpoint's folder",
                    empty->name, empty->file));
  }
  return {};
}

// A token that the tokenizer can give and the embeddings cannot take.
void report_tokens_past_rows(const run::RunFacts& run, const model::Tokenizer& tokenizer,
                             std::vector<model::Warning>& warnings) {
  if (!run.output_rows || !model::generates(run.kind)) return;
  const auto last = tokenizer.max_id();
  if (!last || static_cast<std::uint64_t>(*last) < *run.output_rows) return;
  warnings.push_back(
      {"tokens-past-rows",
       fmt::format("the tokenizer knows token {} ({}), and the embeddings have {} rows: a text that "
                   "holds it cannot be read; resize the embeddings before training",
                   *last, tokenizer.text_of(*last).value_or("?"), *run.output_rows)});
}

}  // namespace

Result<void> check_weights(const run::RunFacts& run, const model::Tokenizer& tokenizer,
                           std::vector<model::Warning>& warnings) {
  if (!run.weights) return {};
  SLIPWAY_TRY(refuse_placeholders(run));
  SLIPWAY_TRY(check_lora(run));
  report_tokens_past_rows(run, tokenizer, warnings);
  const std::string* text = run.metadata.find("config.json");
  if (run.adapter || text == nullptr) return {};
  SLIPWAY_ASSIGN_WITHIN(const json::Value config, "config.json", json::parse(*text, {.allow_nan = true}));
  return WeightsCheck(run, config).run();
}

}  // namespace slipway::release
