// Where generation_config.json comes from when the run has none.
#include <array>

#include "model/rule_work.h"

namespace slipway::model {
namespace {

// Every key of GenerationConfig in transformers 4.57 and 5.24 that a config may carry. Without use_cache
// (rule 2) and without `_from_model_config`: that mark lets generate() put the config's values over ours.
constexpr auto kGenerationKeys = std::to_array<std::string_view>({"assistant_confidence_threshold",
                                                                  "assistant_early_exit",
                                                                  "assistant_ensemble_weight",
                                                                  "assistant_lookbehind",
                                                                  "bad_words_ids",
                                                                  "begin_suppress_tokens",
                                                                  "bos_token_id",
                                                                  "cache_config",
                                                                  "cache_implementation",
                                                                  "constraints",
                                                                  "decoder_start_token_id",
                                                                  "disable_compile",
                                                                  "diversity_penalty",
                                                                  "do_sample",
                                                                  "dola_layers",
                                                                  "early_stopping",
                                                                  "encoder_no_repeat_ngram_size",
                                                                  "encoder_repetition_penalty",
                                                                  "eos_token_id",
                                                                  "epsilon_cutoff",
                                                                  "eta_cutoff",
                                                                  "exponential_decay_length_penalty",
                                                                  "force_words_ids",
                                                                  "forced_bos_token_id",
                                                                  "forced_decoder_ids",
                                                                  "forced_eos_token_id",
                                                                  "guidance_scale",
                                                                  "is_assistant",
                                                                  "length_penalty",
                                                                  "low_memory",
                                                                  "max_cache_len",
                                                                  "max_length",
                                                                  "max_matching_ngram_size",
                                                                  "max_new_tokens",
                                                                  "max_time",
                                                                  "min_length",
                                                                  "min_new_tokens",
                                                                  "min_p",
                                                                  "no_repeat_ngram_size",
                                                                  "num_assistant_tokens",
                                                                  "num_assistant_tokens_schedule",
                                                                  "num_beam_groups",
                                                                  "num_beams",
                                                                  "num_return_sequences",
                                                                  "output_attentions",
                                                                  "output_hidden_states",
                                                                  "output_logits",
                                                                  "output_scores",
                                                                  "pad_token_id",
                                                                  "penalty_alpha",
                                                                  "prefill_chunk_size",
                                                                  "prompt_lookup_num_tokens",
                                                                  "remove_invalid_values",
                                                                  "renormalize_logits",
                                                                  "repetition_penalty",
                                                                  "return_dict_in_generate",
                                                                  "return_legacy_cache",
                                                                  "sequence_bias",
                                                                  "speculation_type",
                                                                  "stop_strings",
                                                                  "suppress_tokens",
                                                                  "target_lookbehind",
                                                                  "temperature",
                                                                  "token_healing",
                                                                  "top_h",
                                                                  "top_k",
                                                                  "top_p",
                                                                  "typical_p",
                                                                  "use_mtp",
                                                                  "watermarking_config"});

constexpr Because kMissing{"generation-config-missing",
                           "before, transformers and vLLM guess stops and sampling values from config.json; "
                           "after, both read them here"};
constexpr Because kForAdapter{"adapter-stops-differ",
                              "before, transformers and peft read the base's generation config, which does "
                              "not stop where this adapter was "
                              "trained to, vLLM as well; after, whoever passes this file stops there, and "
                              "a model merged with it needs nothing"};

constexpr Because kForUntoldBase{
    "adapter-stops-untold",
    "before, transformers, peft and vLLM stop where the base does, which is not known "
    "here; after, whoever passes this file stops where the adapter was trained to"};

// The innermost value wins: text_config knows better than the top.
const json::Value* generation_value(const json::Value& config, std::string_view key) {
  const json::Value* found = nullptr;
  for (const KeyPath& level : text_levels(config)) {
    const json::Value* value = value_at(config, below(level, key));
    if (value != nullptr && !value->is_null()) found = value;
  }
  return found;
}

Result<json::Document> build(const json::Value& config, const StopSet& stops) {
  json::Document document = json::Document::make();
  for (const std::string_view key : kGenerationKeys)
    if (const json::Value* value = generation_value(config, key)) SLIPWAY_TRY(document.set(key, *value));
  if (stops.eos && document.find("eos_token_id") == nullptr)
    SLIPWAY_TRY(document.set("eos_token_id", json::Value(*stops.eos)));
  if (document.root().members().empty()) return document;
  const json::Value* version = config.find("transformers_version");
  if (version != nullptr) SLIPWAY_TRY(document.set("transformers_version", *version));
  return document;
}

Result<json::Document> take_or_build(const RuleWork& work) {
  if (!work.base.generation.is_null())
    return json::Document::parse(work.base.generation_text, {.allow_nan = true});
  if (work.config) return build(work.config->root(), work.stops);
  return build(work.base.config, work.stops);
}

}  // namespace

Result<void> provide_generation(RuleWork& work) {
  if (work.generation) return {};
  const bool adapter = work.inputs.adapter;
  if (adapter && (!work.stops.differs_from_base || !work.stops.eos)) return {};
  if (adapter && !work.base.known)
    work.warn("base-unknown", "the base's stop ids are not known, so the adapter's are written beside it");
  SLIPWAY_ASSIGN(json::Document start, take_or_build(work));
  if (start.root().members().empty()) return {};
  const Because why = !adapter ? kMissing : work.base.known ? kForAdapter : kForUntoldBase;
  work.generation = FileEdits::make(std::string(kGenerationFile), std::move(start), why);
  return {};
}

}  // namespace slipway::model
