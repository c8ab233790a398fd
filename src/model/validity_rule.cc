// Rule 3: generation values that contradict each other, or that nothing can use.
#include <algorithm>
#include <array>
#include <string>

#include <fmt/format.h>
#include "model/generation_values.h"
#include "model/rule_work.h"

namespace slipway::model {
namespace {

// A value, what counts as not set besides null, whether vLLM takes it for its own default, and whether
// only transformers 5 knows it.
struct Default {
  std::string_view key;
  std::optional<double> value;
  bool vllm = false;
  bool new_in_5 = false;
};
constexpr auto kSampling = std::to_array<Default>({{"temperature", 1.0, true},
                                                   {"top_p", 1.0, true},
                                                   {"top_k", 50.0, true},
                                                   {"min_p", std::nullopt, true},
                                                   {"top_h", std::nullopt, false, true},
                                                   {"typical_p", 1.0},
                                                   {"epsilon_cutoff", 0.0},
                                                   {"eta_cutoff", 0.0}});
// What transformers 4 moves to the generation config; without top_k, which some architectures use for
// experts.
constexpr auto kSamplingInConfig =
    std::to_array<Default>({{"temperature", 1.0}, {"top_p", 1.0}, {"typical_p", 1.0}});
constexpr auto kBeams =
    std::to_array<Default>({{"length_penalty", 1.0}, {"num_beam_groups", 1.0}, {"diversity_penalty", 0.0}});
constexpr auto kOutputFlags = std::to_array<std::string_view>(
    {"output_attentions", "output_hidden_states", "output_logits", "output_scores"});
// What transformers 4 moves from config.json into the generation config when it saves, and checks there.
constexpr auto kMovedByVersion4 = std::to_array<Default>({{"do_sample", 0.0},
                                                          {"early_stopping", 0.0},
                                                          {"length_penalty", 1.0},
                                                          {"num_beams", 1.0},
                                                          {"num_return_sequences", 1.0},
                                                          {"output_scores", 0.0},
                                                          {"return_dict_in_generate", 0.0}});

constexpr std::string_view kGreedy = "greedy-with-sampling-values";
constexpr std::string_view kNoDoSample = "sampling-without-do-sample";
constexpr std::string_view kNoBeams = "beams-without-beams";
constexpr std::string_view kInvalid = "generation-value-invalid";

// Reasons; {} are the versions of transformers that refuse.
constexpr std::string_view kGreedyReason =
    "before, transformers decodes greedily and ignores the value, {} refuses to save the model again, and "
    "vLLM "
    "samples with it; after, transformers decodes greedily and saves, vLLM takes its own default";
constexpr std::string_view kGreedyUnreadReason =
    "before, transformers decodes greedily and ignores the value, {} refuses to save the model again, and "
    "vLLM "
    "never reads it; after, both do the same and the model saves";
constexpr std::string_view kZeroReason =
    "before, transformers fails when it samples at a temperature of 0, {} refuses to save it, and vLLM "
    "decodes "
    "greedily; after, transformers decodes greedily and saves, vLLM unless asked takes its own default, 1";
constexpr std::string_view kZeroSamplingReason =
    "before, transformers fails as soon as it samples at a temperature of 0, and vLLM decodes greedily; "
    "after, "
    "transformers decodes greedily, vLLM unless asked takes its own default, 1";
constexpr std::string_view kNoDoSampleReason =
    "before, transformers decodes greedily and ignores the sampling values, {} refuses to save the model "
    "again, "
    "and vLLM samples with them; after, both sample with them";
constexpr std::string_view kOddDoSampleReason =
    "before, transformers 4 samples unless do_sample is false and transformers 5 only if it is true, {} "
    "refuses to "
    "save the sampling values beside it, and vLLM samples; after, all sample";
constexpr std::string_view kNoBeamsReason =
    "before, transformers ignores the value, which only means something to beam search, {} refuses to save "
    "the "
    "model again, and vLLM never reads it; after, both do the same and the model saves";
constexpr std::string_view kNoBeamGroupsReason =
    "before, transformers ignores the value, which only means something to beam search, older releases "
    "refuse "
    "to save the model again, and vLLM never reads it; after, all do the same and the model saves";
constexpr std::string_view kTooManyReason =
    "before, {} refuses to load the file, since so many answers need sampling or as many beams, and so does "
    "vLLM, which reads it through transformers; after, both load it and give one answer";

constexpr Because kInConfig{
    "sampling-values-in-config",
    "before, neither transformers nor vLLM reads the value, since generation_config.json decides, but "
    "transformers 4 refuses to save the model, since it moves the value there first; after, it saves"};
constexpr Because kConfigAlone{
    kInvalid,
    "before, transformers 4 refuses to load the model, since it makes a generation config of config.json "
    "alone "
    "first, as version 5 and vLLM do where there is no other; after, every version loads it"};
constexpr Because kOutputs{
    "output-flags-without-dict",
    "before, transformers ignores the flag without return_dict_in_generate, transformers refuses to save the "
    "model again, and vLLM never reads it; after, both do the same and the model saves"};
constexpr Because kNoFlag{
    kInvalid,
    "before, transformers takes this number for a flag in one place and not in another, vLLM never reads it; "
    "after, both see the flag that it means"};

double number_or(const json::Value* value, double other) {
  return value == nullptr ? other : value->as_double().value_or(other);
}

// A flag counts as Python's 1 or 0.
std::optional<double> number_of(const json::Value& value) {
  return value.is_bool() ? std::optional(*value.as_bool() ? 1.0 : 0.0) : value.as_double();
}

bool is_set(const json::Value& root, const Default& entry) {
  const json::Value* value = root.find(entry.key);
  if (value == nullptr || value->is_null()) return false;
  const auto number = number_of(*value);
  return !entry.value || !number || *number != *entry.value;
}

template <std::size_t N>
bool any_set(const json::Value& root, const std::array<Default, N>& table) {
  return std::ranges::any_of(table, [&root](const Default& entry) { return is_set(root, entry); });
}

bool flag(const json::Value& root, std::string_view key, bool wanted) {
  const json::Value* value = root.find(key);
  return value != nullptr && value->is_bool() && *value->as_bool() == wanted;
}

Result<void> erase_unusable(FileEdits& file) {
  for (const Unusable& one : unusable_values(file.root()))
    SLIPWAY_TRY(file.erase({one.key}, {kInvalid, one.reason}));
  return {};
}

// Python takes 1 for true, JSON's readers and `is True` do not.
Result<void> write_flags_as_such(FileEdits& file) {
  for (const std::string_view key : {"do_sample", "early_stopping"}) {
    const json::Value* value = file.find(key);
    if (value == nullptr || !value->is_number()) continue;
    const auto truth = as_flag(value);
    if (truth) SLIPWAY_TRY(file.set({std::string(key)}, *truth, kNoFlag));
  }
  return {};
}

// A do_sample that is no flag is not `False` to transformers 4, and null beams are not 1 to it, so that only
// 5 sees what contradicts them.
struct Refusing {
  explicit Refusing(const json::Value& root) {
    const json::Value* do_sample = root.find("do_sample");
    const json::Value* beams = root.find("num_beams");
    odd_do_sample = do_sample != nullptr && !do_sample->is_bool();
    null_beams = beams != nullptr && beams->is_null();
  }
  std::string say(std::string_view reason, bool only_5) const {
    return fmt::format(fmt::runtime(reason), only_5 ? "transformers 5" : "transformers");
  }
  bool odd_do_sample = false;
  bool null_beams = false;
};

Result<void> erase_sampling(FileEdits& file, const std::string& zero, const Refusing& who) {
  for (const Default& entry : kSampling) {
    if (!is_set(file.root(), entry)) continue;
    const std::string_view reason = entry.vllm ? kGreedyReason : kGreedyUnreadReason;
    const std::string why = !zero.empty() ? zero : who.say(reason, who.odd_do_sample || entry.new_in_5);
    SLIPWAY_TRY(file.erase({std::string(entry.key)}, {kGreedy, why}));
  }
  return {};
}

Result<void> fix_zero(FileEdits& file, const Refusing& who) {
  const bool sampled = flag(file.root(), "do_sample", true);
  const std::string why =
      sampled ? std::string(kZeroSamplingReason) : who.say(kZeroReason, who.odd_do_sample);
  if (sampled || who.odd_do_sample) SLIPWAY_TRY(file.set({"do_sample"}, false, {kGreedy, why}));
  return erase_sampling(file, why, who);
}

Result<void> fix_sampling(FileEdits& file, const Refusing& who) {
  if (number_or(file.find("temperature"), 1.0) == 0.0) return fix_zero(file, who);
  if (flag(file.root(), "do_sample", false)) return erase_sampling(file, "", who);
  if (flag(file.root(), "do_sample", true) || !any_set(file.root(), kSampling)) return {};
  const bool only_new = !std::ranges::any_of(
      kSampling, [&file](const Default& entry) { return !entry.new_in_5 && is_set(file.root(), entry); });
  const std::string why =
      who.say(who.odd_do_sample ? kOddDoSampleReason : kNoDoSampleReason, who.odd_do_sample || only_new);
  return file.set({"do_sample"}, true, {kNoDoSample, why});
}

Result<void> fix_beams(FileEdits& file, const Refusing& who) {
  if (number_or(file.find("num_beams"), 1.0) > 1.0) return {};
  const std::string why = who.say(kNoBeamsReason, who.null_beams);
  const json::Value* early = file.find("early_stopping");
  if (early != nullptr && !flag(file.root(), "early_stopping", false))
    SLIPWAY_TRY(file.erase({"early_stopping"}, {kNoBeams, why}));
  for (const Default& entry : kBeams) {
    const std::string_view reason = entry.key == "length_penalty" ? why : kNoBeamGroupsReason;
    if (is_set(file.root(), entry)) SLIPWAY_TRY(file.erase({std::string(entry.key)}, {kNoBeams, reason}));
  }
  return {};
}

Result<void> fix_outputs(FileEdits& file) {
  if (flag(file.root(), "return_dict_in_generate", true)) return {};
  for (const std::string_view key : kOutputFlags)
    if (flag(file.root(), key, true)) SLIPWAY_TRY(file.erase({std::string(key)}, kOutputs));
  return {};
}

Result<void> fix_answers(FileEdits& file, const Refusing& who) {
  const double beams = std::max(1.0, number_or(file.find("num_beams"), 1.0));
  const double wanted = number_or(file.find("num_return_sequences"), 1.0);
  const bool samples = flag(file.root(), "do_sample", true);
  const bool too_many = beams > 1.0 ? wanted > beams : wanted > 1.0 && !samples;
  if (!too_many) return {};
  const std::string why = who.say(kTooManyReason, who.odd_do_sample);
  return file.erase({"num_return_sequences"}, {kInvalid, why});
}

Result<void> fix_values(FileEdits& file) {
  const Refusing who(file.root());
  SLIPWAY_TRY(erase_unusable(file));
  SLIPWAY_TRY(write_flags_as_such(file));
  SLIPWAY_TRY(fix_sampling(file, who));
  SLIPWAY_TRY(fix_beams(file, who));
  SLIPWAY_TRY(fix_outputs(file));
  return fix_answers(file, who);
}

Result<void> erase_sampling_in_config(RuleWork& work) {
  for (const FileEdits* file : {&*work.generation, &*work.config})
    if (flag(file->root(), "do_sample", true)) return {};
  for (const Default& entry : kSamplingInConfig)
    if (is_set(work.config->root(), entry))
      SLIPWAY_TRY(work.config->erase({std::string(entry.key)}, kInConfig));
  return {};
}

// transformers makes a generation config of config.json alone before it reads the other file.
Result<void> erase_unloadable(FileEdits& config) {
  SLIPWAY_ASSIGN(FileEdits alone, FileEdits::parse(std::string(kConfigFile), config.text()));
  SLIPWAY_TRY(fix_answers(alone, Refusing(alone.root())));
  for (const Fix& fix : alone.fixes()) SLIPWAY_TRY(config.erase({fix.path}, kConfigAlone));
  for (const Unusable& one : unusable_values(config.root())) {
    const json::Value* value = config.find(one.key);
    if (one.refuses_file && value != nullptr && !value->is_null())
      SLIPWAY_TRY(config.erase({one.key}, kConfigAlone));
  }
  return {};
}

// The generation config as transformers 4 would have it after moving the config's values there: what is
// not valid then has no place in the config.
Result<void> erase_moved(RuleWork& work) {
  SLIPWAY_ASSIGN(FileEdits moved, FileEdits::parse(std::string(kGenerationFile), work.generation->text()));
  for (const Default& entry : kMovedByVersion4)
    if (is_set(work.config->root(), entry))
      SLIPWAY_TRY(moved.set({std::string(entry.key)}, *work.config->find(entry.key), kInConfig));
  const std::size_t begin = moved.fixes().size();
  SLIPWAY_TRY(fix_values(moved));
  for (std::size_t i = begin; i < moved.fixes().size(); ++i) {
    const std::string& key = moved.fixes()[i].path;
    if (std::ranges::find(kMovedByVersion4, key, &Default::key) != kMovedByVersion4.end())
      SLIPWAY_TRY(work.config->erase({key}, kInConfig));
  }
  return {};
}

Result<void> fix_config(RuleWork& work) {
  if (!work.config || work.inputs.adapter) return {};
  SLIPWAY_TRY(erase_unloadable(*work.config));
  SLIPWAY_TRY(erase_sampling_in_config(work));
  return erase_moved(work);
}

}  // namespace

Result<void> make_generation_valid(RuleWork& work) {
  if (!work.generation) return {};
  SLIPWAY_TRY(fix_values(*work.generation));
  return fix_config(work);
}

}  // namespace slipway::model
