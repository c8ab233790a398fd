#include "model/engines.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "model/task.h"

namespace slipway::model {
namespace {

constexpr std::array<ProvedClass, 3> kProvedClasses{{
    {"LlamaForCausalLM", true},
    {"Qwen2ForCausalLM", true},
    {"Qwen2ForSequenceClassification", false},
}};

// Classes that llama.cpp's convert_hf_to_gguf.py names.
constexpr auto kConverted = std::to_array<std::string_view>(
    {"ApertusForCausalLM",    "BaichuanForCausalLM",   "CohereForCausalLM",    "Cohere2ForCausalLM",
     "DeepseekV2ForCausalLM", "DeepseekV3ForCausalLM", "ExaoneForCausalLM",    "FalconForCausalLM",
     "GPT2LMHeadModel",       "GPTNeoXForCausalLM",    "Gemma2ForCausalLM",    "Gemma3ForCausalLM",
     "GemmaForCausalLM",      "Glm4ForCausalLM",       "GlmForCausalLM",       "GptOssForCausalLM",
     "GraniteForCausalLM",    "GraniteMoeForCausalLM", "InternLM2ForCausalLM", "LlamaForCausalLM",
     "MiniCPMForCausalLM",    "MistralForCausalLM",    "MixtralForCausalLM",   "NemotronForCausalLM",
     "Olmo2ForCausalLM",      "OlmoForCausalLM",       "Phi3ForCausalLM",      "PhiForCausalLM",
     "Qwen2ForCausalLM",      "Qwen2MoeForCausalLM",   "Qwen3ForCausalLM",     "Qwen3MoeForCausalLM",
     "SmolLM3ForCausalLM",    "StableLmForCausalLM",   "Starcoder2ForCausalLM"});

// Texts that end a generation in llama.cpp whatever the files say (llama-vocab.cpp); else it is the
// tokenizer's end token alone.
constexpr auto kEndsInLlamaCpp = std::to_array<std::string_view>({"<|eot_id|>",
                                                                  "<|im_end|>",
                                                                  "<|end|>",
                                                                  "<|return|>",
                                                                  "<|call|>",
                                                                  "<|flush|>",
                                                                  "<|calls|>",
                                                                  "<end_of_turn>",
                                                                  "<|endoftext|>",
                                                                  "</s>",
                                                                  "<|eom_id|>",
                                                                  "<EOT>",
                                                                  "_<EOT>",
                                                                  "[EOT]",
                                                                  "[EOS]",
                                                                  "<|end_of_text|>",
                                                                  "<end_of_utterance>",
                                                                  "<eos>",
                                                                  "<turn|>",
                                                                  "<|tool_response>"});

template <class List>
bool holds(const List& list, std::string_view text) {
  return std::ranges::find(list, text) != list.end();
}

class Judge {
 public:
  Judge(const Metadata& run, const json::Value* base_config, const RuleOutcome& outcome,
        const Tokenizer& tokenizer)
      : adapter_(value_of(run, "adapter_config.json")),
        config_(adapter_.is_object() ? (base_config == nullptr ? json::Value() : *base_config)
                                     : value_of(run, "config.json")),
        outcome_(outcome),
        tokenizer_(tokenizer),
        architecture_(architecture_of(config_)) {}

  std::vector<EngineClaim> claims() const {
    return {transformers("transformers 4"), transformers("transformers 5"), vllm(), llama_cpp()};
  }

 private:
  bool is_adapter() const { return adapter_.is_object(); }
  bool is_plain_lora() const {
    const json::Value* type = adapter_.find("peft_type");
    return type != nullptr && type->is_string() && type->string() == "LORA";
  }
  bool is_proved() const {
    const auto at = std::ranges::find(kProvedClasses, architecture_, &ProvedClass::architecture);
    if (at == kProvedClasses.end() || is_quantised(config_) || needs_code(config_)) return false;
    return !is_adapter() || (at->as_adapter && is_plain_lora());
  }
  // The token that ends an answer: the turn end, else the tokenizer's.
  std::string_view last_token() const {
    const TurnEnd& end = outcome_.stops.turn_end;
    if (end.verdict == TurnEnd::Verdict::kDecided) return end.token;
    return tokenizer_.eos ? std::string_view(*tokenizer_.eos) : "";
  }
  bool ends_with_eos() const { return tokenizer_.eos && last_token() == *tokenizer_.eos; }

  // What no engine can do anything about; "" when there is nothing.
  std::string unknown_stop() const {
    if (outcome_.stops.ids.empty()) return "no stop token is known";
    if (outcome_.stops.turn_end.verdict == TurnEnd::Verdict::kUndecided)
      return "the token that ends a turn is undecided";
    return "";
  }

  std::string unknown_load() const {
    if (outcome_.kind == ModelKind::kUnknown) return "the kind of model is unknown";
    if (needs_code(config_)) return "the model brings its own code";
    return "";
  }

  // peft takes an adapter of any class; servers know theirs.
  std::string unknown_to_servers() const {
    if (is_adapter() && architecture_.empty()) return "the base's class is unknown";
    return unknown_load();
  }

  EngineClaim claim(std::string_view engine, Proof best, std::string load_gap, std::string stop_gap) const {
    EngineClaim claim{.engine = engine, .loads = load_gap.empty() ? best : Proof::kUnknown};
    if (generates(outcome_.kind)) {
      if (stop_gap.empty()) stop_gap = unknown_stop();
      if (stop_gap.empty()) stop_gap = load_gap;
      claim.stops = stop_gap.empty() ? best : Proof::kUnknown;
    }
    claim.why = !load_gap.empty() ? std::move(load_gap) : std::move(stop_gap);
    return claim;
  }

  EngineClaim transformers(std::string_view engine) const {
    return claim(engine, is_proved() ? Proof::kProved : Proof::kByRule, unknown_load(), "");
  }

  // Reads the tokenizer's end token and generation_config.json; of an adapter, the base's.
  EngineClaim vllm() const {
    std::string load = unknown_to_servers();
    if (load.empty() && outcome_.kind == ModelKind::kEncoderDecoder)
      load = "vLLM serves few models of this kind";
    if (load.empty() && is_adapter() && !is_plain_lora()) load = "vLLM takes LoRA adapters alone";
    if (load.empty() && saves_modules()) load = "vLLM takes no adapter with modules_to_save";
    std::string stop;
    if (is_adapter() && outcome_.stops.differs_from_base && !ends_with_eos())
      stop = fmt::format("vLLM reads the base's generation_config.json, which may lack {}", last_token());
    return claim("vLLM", Proof::kByRule, std::move(load), std::move(stop));
  }

  bool saves_modules() const {
    const json::Value* saved = adapter_.find("modules_to_save");
    return saved != nullptr && saved->is_array() && !saved->items().empty();
  }

  EngineClaim llama_cpp() const {
    std::string load = unknown_to_servers();
    if (load.empty() && !holds(kConverted, architecture_))
      load = fmt::format("it is not known whether llama.cpp converts {}",
                         architecture_.empty() ? "this class" : architecture_);
    if (load.empty() && is_adapter() && !is_plain_lora()) load = "llama.cpp converts LoRA adapters alone";
    if (load.empty() && saves_modules()) load = "llama.cpp converts no adapter with modules_to_save";
    std::string stop;
    if (!ends_with_eos() && !holds(kEndsInLlamaCpp, last_token()))
      stop =
          fmt::format("llama.cpp stops at the tokenizer's end token and at texts that it knows; {} is none",
                      last_token());
    return claim("llama.cpp", Proof::kByRule, std::move(load), std::move(stop));
  }

  json::Value adapter_;
  json::Value config_;
  const RuleOutcome& outcome_;
  const Tokenizer& tokenizer_;
  std::string architecture_;
};

}  // namespace

std::string_view proof_name(Proof proof) {
  switch (proof) {
    case Proof::kProved:
      return "proved here";
    case Proof::kByRule:
      return "by rule";
    case Proof::kUnknown:
      break;
  }
  return "unknown";
}

std::vector<ProvedClass> proved_classes() { return {kProvedClasses.begin(), kProvedClasses.end()}; }

std::vector<EngineClaim> claim_engines(const Metadata& run, const json::Value* base_config,
                                       const RuleOutcome& outcome, const Tokenizer& tokenizer) {
  return Judge(run, base_config, outcome, tokenizer).claims();
}

}  // namespace slipway::model
