// Rule 3, the plain part: generation values that transformers refuses to save.
#include <algorithm>
#include <array>

#include "model/rule_work.h"

namespace slipway::model {
namespace {

// A value and what counts as not set, besides null.
struct Default {
  std::string_view key;
  std::optional<double> value;
};
constexpr auto kSampling = std::to_array<Default>({{"temperature", 1.0},
                                                   {"top_p", 1.0},
                                                   {"top_k", 50.0},
                                                   {"min_p", std::nullopt},
                                                   {"top_h", std::nullopt},
                                                   {"typical_p", 1.0},
                                                   {"epsilon_cutoff", 0.0},
                                                   {"eta_cutoff", 0.0}});
// Without top_k, which some architectures use for their experts.
constexpr auto kSamplingInConfig = std::to_array<Default>({{"temperature", 1.0},
                                                           {"top_p", 1.0},
                                                           {"min_p", std::nullopt},
                                                           {"typical_p", 1.0},
                                                           {"epsilon_cutoff", 0.0},
                                                           {"eta_cutoff", 0.0}});
constexpr auto kBeams =
    std::to_array<Default>({{"length_penalty", 1.0}, {"num_beam_groups", 1.0}, {"diversity_penalty", 0.0}});
constexpr auto kOutputFlags = std::to_array<std::string_view>(
    {"output_attentions", "output_hidden_states", "output_logits", "output_scores"});

constexpr Because kGreedy{
    "greedy-with-sampling-values",
    "the file asks for greedy decoding, so this value is ignored, transformers 4 refuses to save "
    "the model again, and vLLM samples with it"};
constexpr Because kZero{
    "greedy-with-sampling-values",
    "a temperature of 0 means greedy decoding, which transformers refuses while sampling is on"};
constexpr Because kNoDoSample{
    "sampling-without-do-sample",
    "sampling values without do_sample are ignored by transformers, which then refuses to save "
    "the model again, while vLLM samples"};
constexpr Because kInConfig{
    "sampling-values-in-config",
    "generation_config.json decides and this value is not read, but transformers 4 moves it there "
    "when it saves and then refuses the result"};
constexpr Because kNoBeams{
    "beams-without-beams",
    "this value only means something to beam search, and transformers 4 refuses to save it "
    "without beams"};
constexpr Because kOutputs{
    "output-flags-without-dict",
    "extra outputs without return_dict_in_generate are ignored, and transformers 4 refuses to save "
    "them"};
constexpr Because kInvalid{"generation-value-invalid",
                           "no decoding can use this value, and transformers refuses it"};

double number_or(const json::Value* value, double other) {
  return value == nullptr ? other : value->as_double().value_or(other);
}

bool is_set(const json::Value& root, const Default& entry) {
  const json::Value* value = root.find(entry.key);
  if (value == nullptr || value->is_null()) return false;
  const auto number = value->as_double();
  return !entry.value || !number || *number != *entry.value;
}

template <std::size_t N>
bool any_set(const json::Value& root, const std::array<Default, N>& table) {
  return std::ranges::any_of(table, [&root](const Default& entry) { return is_set(root, entry); });
}

template <std::size_t N>
Result<void> erase_set(FileEdits& file, const std::array<Default, N>& table, Because why) {
  for (const Default& entry : table)
    if (is_set(file.root(), entry)) SLIPWAY_TRY(file.erase({std::string(entry.key)}, why));
  return {};
}

bool flag(const json::Value& root, std::string_view key, bool wanted) {
  const json::Value* value = root.find(key);
  return value != nullptr && value->is_bool() && *value->as_bool() == wanted;
}

Result<void> fix_sampling(FileEdits& file) {
  const bool zero = number_or(file.find("temperature"), 1.0) == 0.0;
  if (zero && flag(file.root(), "do_sample", true)) SLIPWAY_TRY(file.set({"do_sample"}, false, kZero));
  if (zero || flag(file.root(), "do_sample", false))
    return erase_set(file, kSampling, zero ? kZero : kGreedy);
  if (flag(file.root(), "do_sample", true) || !any_set(file.root(), kSampling)) return {};
  return file.set({"do_sample"}, true, kNoDoSample);
}

bool is_valid_early_stopping(const json::Value& value) {
  return value.is_null() || value.is_bool() || (value.is_string() && value.string() == "never");
}

Result<void> fix_beams(FileEdits& file) {
  const json::Value* early = file.find("early_stopping");
  if (early != nullptr && !is_valid_early_stopping(*early))
    SLIPWAY_TRY(file.erase({"early_stopping"}, kInvalid));
  if (number_or(file.find("num_beams"), 1.0) > 1.0) return {};
  early = file.find("early_stopping");
  if (early != nullptr && !early->is_null() && !flag(file.root(), "early_stopping", false))
    SLIPWAY_TRY(file.erase({"early_stopping"}, kNoBeams));
  return erase_set(file, kBeams, kNoBeams);
}

Result<void> fix_outputs(FileEdits& file) {
  if (flag(file.root(), "return_dict_in_generate", true)) return {};
  for (const std::string_view key : kOutputFlags)
    if (flag(file.root(), key, true)) SLIPWAY_TRY(file.erase({std::string(key)}, kOutputs));
  return {};
}

Result<void> fix_ranges(FileEdits& file) {
  const json::Value& root = file.root();
  if (number_or(root.find("pad_token_id"), 0.0) < 0.0) SLIPWAY_TRY(file.erase({"pad_token_id"}, kInvalid));
  if (number_or(file.find("max_new_tokens"), 1.0) <= 0.0)
    SLIPWAY_TRY(file.erase({"max_new_tokens"}, kInvalid));
  const double beams = std::max(1.0, number_or(file.find("num_beams"), 1.0));
  const double wanted = number_or(file.find("num_return_sequences"), 1.0);
  const bool samples = flag(file.root(), "do_sample", true);
  const bool too_many = beams > 1.0 ? wanted > beams : wanted > 1.0 && !samples;
  return too_many ? file.erase({"num_return_sequences"}, kInvalid) : Result<void>();
}

// transformers 4 moves generation values of the config into the generation config when it saves.
Result<void> fix_config(RuleWork& work) {
  if (!work.config || work.inputs.adapter || flag(work.generation->root(), "do_sample", true)) return {};
  return erase_set(*work.config, kSamplingInConfig, kInConfig);
}

}  // namespace

Result<void> make_generation_valid(RuleWork& work) {
  if (!work.generation) return {};
  SLIPWAY_TRY(fix_sampling(*work.generation));
  SLIPWAY_TRY(fix_beams(*work.generation));
  SLIPWAY_TRY(fix_outputs(*work.generation));
  SLIPWAY_TRY(fix_ranges(*work.generation));
  return fix_config(work);
}

}  // namespace slipway::model
