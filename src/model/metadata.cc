#include "model/metadata.h"

#include <algorithm>
#include <array>

namespace slipway::model {
namespace {

using json::Value;

// Causal decoders whose configurations are met without `architectures`.
constexpr auto kDecoderTypes = std::to_array<std::string_view>(
    {"llama",   "mistral", "mixtral", "qwen2",    "qwen3",   "qwen2_moe", "qwen3_moe", "gemma",
     "gemma2",  "phi",     "phi3",    "gpt2",     "gpt_neo", "gpt_neox",  "gptj",      "opt",
     "bloom",   "falcon",  "mpt",     "stablelm", "olmo",    "olmo2",     "cohere",    "starcoder2",
     "granite", "smollm3", "mamba",   "mamba2",   "jamba",   "gpt_oss",   "nemotron",  "deepseek_v3"});

// Causal decoders whose class name says otherwise.
constexpr auto kDecoderClasses =
    std::to_array<std::string_view>({"ChatGLMModel", "ChatGLMForConditionalGeneration"});

std::string text_at(const Value* object, std::string_view key) {
  const Value* value = object == nullptr ? nullptr : object->find(key);
  return value != nullptr && value->is_string() ? value->string() : std::string();
}

bool true_at(const Value& object, std::string_view key) {
  const Value* value = object.find(key);
  return value != nullptr && value->as_bool().value_or(false);
}

bool has_object(const Value& config, std::string_view key) {
  const Value* value = config.find(key);
  return value != nullptr && value->is_object();
}

bool sees(const Value& config) {
  return has_object(config, "vision_config") || config.find("mm_vision_tower") != nullptr;
}

// A language model inside of another one that sees or hears.
bool holds_language_model(const Value& config) {
  constexpr auto kLevels = std::to_array<std::string_view>(
      {"text_config", "llm_config", "llm_cfg", "language_config", "language_model_config", "thinker_config"});
  return std::ranges::any_of(kLevels, [&](std::string_view key) { return has_object(config, key); });
}

template <std::size_t N>
bool is_one_of(const std::array<std::string_view, N>& names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

bool ends_with_any(std::string_view name, std::initializer_list<std::string_view> ends) {
  return std::ranges::any_of(ends, [name](std::string_view end) { return name.ends_with(end); });
}

ModelKind kind_of_conditional(const Value& config) {
  if (true_at(config, "is_encoder_decoder") && !sees(config)) return ModelKind::kEncoderDecoder;
  if (sees(config) || holds_language_model(config)) return ModelKind::kVisionLanguage;
  return ModelKind::kEncoderDecoder;
}

// What a model with code of its own registers itself for, where that is generation.
ModelKind kind_of_auto_map(const Value& config) {
  const Value* map = config.find("auto_map");
  if (map == nullptr) return ModelKind::kUnknown;
  if (map->find("AutoModelForVision2Seq") != nullptr || map->find("AutoModelForImageTextToText") != nullptr)
    return ModelKind::kVisionLanguage;
  if (map->find("AutoModelForCausalLM") != nullptr)
    return sees(config) ? ModelKind::kVisionLanguage : ModelKind::kDecoder;
  return map->find("AutoModelForSeq2SeqLM") == nullptr ? ModelKind::kUnknown : ModelKind::kEncoderDecoder;
}

ModelKind kind_of_class(std::string_view name, const Value& config) {
  if (is_one_of(kDecoderClasses, name)) return ModelKind::kDecoder;
  if (ends_with_any(
          name, {"ForSequenceClassification", "ForTokenClassification", "RewardModel", "ForRewardModeling"}))
    return ModelKind::kClassifier;
  if (ends_with_any(name, {"CausalLM", "LMHeadModel"}))
    return sees(config) ? ModelKind::kVisionLanguage : ModelKind::kDecoder;
  if (ends_with_any(name,
                    {"ForVision2Seq", "ForImageTextToText", "VLChatModel", "VisionEncoderDecoderModel"}))
    return ModelKind::kVisionLanguage;
  if (name.ends_with("ForConditionalGeneration")) return kind_of_conditional(config);
  if (ends_with_any(name, {"ForSeq2SeqLM", "EncoderDecoderModel"})) return ModelKind::kEncoderDecoder;
  if (has_object(config, "thinker_config")) return ModelKind::kVisionLanguage;
  const ModelKind registered = kind_of_auto_map(config);
  if (registered != ModelKind::kUnknown || sees(config)) return registered;
  return ends_with_any(name, {"ForMaskedLM", "Model"}) ? ModelKind::kEncoder : ModelKind::kUnknown;
}

ModelKind kind_of_config(const Value& config) {
  const std::string name = architecture_of(config);
  if (!name.empty()) return kind_of_class(name, config);
  if (sees(config)) return ModelKind::kVisionLanguage;
  if (true_at(config, "is_encoder_decoder")) return ModelKind::kEncoderDecoder;
  if (const ModelKind registered = kind_of_auto_map(config); registered != ModelKind::kUnknown)
    return registered;
  return is_one_of(kDecoderTypes, text_at(&config, "model_type")) ? ModelKind::kDecoder : ModelKind::kUnknown;
}

ModelKind kind_of_task(std::string_view task) {
  if (task == "CAUSAL_LM") return ModelKind::kDecoder;
  if (task == "SEQ_2_SEQ_LM") return ModelKind::kEncoderDecoder;
  if (task == "SEQ_CLS" || task == "TOKEN_CLS") return ModelKind::kClassifier;
  if (task == "FEATURE_EXTRACTION") return ModelKind::kEncoder;
  return ModelKind::kUnknown;
}

ModelKind kind_of_adapter(const Value* config, const Value& adapter) {
  const ModelKind of_config = config == nullptr ? ModelKind::kUnknown : kind_of_config(*config);
  const std::string task = text_at(&adapter, "task_type");
  if (task == "CAUSAL_LM" && of_config == ModelKind::kVisionLanguage) return of_config;
  if (!task.empty()) return kind_of_task(task);
  // Without a task peft names the class of the base instead.
  const std::string base_class = text_at(adapter.find("auto_mapping"), "base_model_class");
  return base_class.empty() ? of_config : kind_of_class(base_class, config == nullptr ? Value() : *config);
}

constexpr int kLevelDepthMax = 4;

bool holds_quantisation(const Value& level, int depth) {
  if (has_object(level, "quantization_config") || has_object(level, "quantization"))
    return true;  // MLX's own
  return depth < kLevelDepthMax && std::ranges::any_of(
                                       level.members(),
                                       [depth](const auto& member) {
                                         return member.second.is_object() &&
                                                holds_quantisation(member.second, depth + 1);
                                       });
}

}  // namespace

std::string architecture_of(const Value& config) {
  const Value* list = config.find("architectures");
  if (list == nullptr || !list->is_array() || list->items().empty()) return "";
  const Value& first = list->items().front();
  return first.is_string() ? first.string() : std::string();
}

json::Value value_of(const Metadata& files, std::string_view name) {
  const std::string* text = files.find(name);
  if (text == nullptr) return {};
  auto value = json::parse(*text, {.allow_nan = true});
  return value ? std::move(*value) : json::Value();
}

std::string_view kind_name(ModelKind kind) {
  switch (kind) {
    case ModelKind::kDecoder:
      return "decoder";
    case ModelKind::kEncoderDecoder:
      return "encoder-decoder";
    case ModelKind::kVisionLanguage:
      return "vision-language";
    case ModelKind::kClassifier:
      return "classifier";
    case ModelKind::kEncoder:
      return "encoder";
    case ModelKind::kUnknown:
      break;
  }
  return "unknown";
}

bool generates(ModelKind kind) {
  return kind == ModelKind::kDecoder || kind == ModelKind::kEncoderDecoder ||
         kind == ModelKind::kVisionLanguage;
}

ModelKind decide_kind(const Value* config, const Value* adapter_config) {
  if (adapter_config != nullptr) return kind_of_adapter(config, *adapter_config);
  return config == nullptr ? ModelKind::kUnknown : kind_of_config(*config);
}

bool is_quantised(const Value& config) { return holds_quantisation(config, 0); }

bool is_quantised(const Metadata& files) {
  return is_quantised(value_of(files, "config.json")) || has_quantiser_file(files);
}

bool has_quantiser_file(const Metadata& files) {
  return std::ranges::any_of(kQuantiserFiles,
                             [&](std::string_view name) { return value_of(files, name).is_object(); });
}

}  // namespace slipway::model
