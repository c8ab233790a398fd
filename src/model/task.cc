#include "model/task.h"

#include <algorithm>
#include <array>

namespace slipway::model {
namespace {

using json::Value;

struct Row {
  std::string_view end;
  std::string_view task;
};

// By how a class's name ends; the first that fits.
constexpr auto kClasses = std::to_array<Row>({
    {"ForTokenClassification", "token-classification"},
    {"ForQuestionAnswering", "question-answering"},
    {"ForMultipleChoice", "multiple-choice"},
    {"ForMaskedLM", "fill-mask"},
    {"ForImageClassification", "image-classification"},
    {"ForObjectDetection", "object-detection"},
    {"ForSemanticSegmentation", "image-segmentation"},
    {"ForUniversalSegmentation", "image-segmentation"},
    {"ForDepthEstimation", "depth-estimation"},
    {"ForVideoClassification", "video-classification"},
    {"ForAudioClassification", "audio-classification"},
    {"ForCTC", "automatic-speech-recognition"},
    {"ForSpeechToText", "automatic-speech-recognition"},
    {"SpeechEncoderDecoderModel", "automatic-speech-recognition"},
    {"ForTextToSpeech", "text-to-speech"},
    {"CLIPModel", "zero-shot-image-classification"},
    {"SiglipModel", "zero-shot-image-classification"},
    {"Siglip2Model", "zero-shot-image-classification"},
});

// Detectors that are told what to look for.
constexpr auto kToldWhatToFind = std::to_array<std::string_view>({"Owl", "GroundingDino", "MMGroundingDino"});

constexpr auto kAdapterTasks = std::to_array<Row>({
    {"TOKEN_CLS", "token-classification"},
    {"QUESTION_ANS", "question-answering"},
});

bool holds_any(const Value& config, std::initializer_list<std::string_view> keys) {
  return std::ranges::any_of(keys, [&](std::string_view key) {
    const Value* value = config.find(key);
    return value != nullptr && !value->is_null();
  });
}

// Its input is sound.
bool hears(const Value& config) {
  const Value* type = config.find("model_type");
  return holds_any(config, {"num_mel_bins", "feat_extract_norm", "input_feat_per_channel", "audio_config"}) ||
         (type != nullptr && type->is_string() && type->string().starts_with("moonshine"));
}

std::string_view task_of_class(std::string_view name) {
  const auto row =
      std::ranges::find_if(kClasses, [name](const Row& each) { return name.ends_with(each.end); });
  if (row == kClasses.end()) return "";
  const bool told = std::ranges::any_of(kToldWhatToFind,
                                        [name](std::string_view begin) { return name.starts_with(begin); });
  return told && row->task == "object-detection" ? "zero-shot-object-detection" : row->task;
}

std::string_view task_of_adapter(const Value& adapter) {
  const Value* type = adapter.find("task_type");
  if (type == nullptr || !type->is_string()) return "";
  const auto* row = std::ranges::find(kAdapterTasks, type->string(), &Row::end);
  return row == kAdapterTasks.end() ? "" : row->task;
}

// Of a kind that takes more than one form of input.
std::string_view task_of_kind(ModelKind kind, const Value& config) {
  if (kind == ModelKind::kEncoderDecoder && hears(config)) return "automatic-speech-recognition";
  if (kind == ModelKind::kClassifier && hears(config)) return "audio-classification";
  if (kind == ModelKind::kVisionLanguage && holds_any(config, {"thinker_config"})) return "any-to-any";
  if (kind == ModelKind::kVisionLanguage && hears(config) && !holds_any(config, {"vision_config"}))
    return "audio-text-to-text";
  if (kind == ModelKind::kEncoder && holds_any(config, {"image_size"}) && !holds_any(config, {"vocab_size"}))
    return "image-feature-extraction";
  return pipeline_tag(kind);
}

}  // namespace

bool has_modules(const Metadata& run) { return !value_of(run, "modules.json").items().empty(); }

bool names_code(const Value& config) {
  const Value* map = config.find("auto_map");
  return map != nullptr && map->is_object() && !map->members().empty();
}

std::string_view task_of(const Metadata& run, const Value& config, ModelKind kind) {
  const Value adapter = value_of(run, "adapter_config.json");
  if (adapter.is_object()) {
    const std::string_view told = task_of_adapter(adapter);
    return told.empty() ? task_of_kind(kind, config) : told;
  }
  if (has_modules(run)) return "sentence-similarity";
  const std::string_view told = task_of_class(architecture_of(config));
  return told.empty() ? task_of_kind(kind, config) : told;
}

std::string_view pipeline_tag(ModelKind kind) {
  switch (kind) {
    case ModelKind::kDecoder:
      return "text-generation";
    case ModelKind::kEncoderDecoder:
      return "text2text-generation";
    case ModelKind::kVisionLanguage:
      return "image-text-to-text";
    case ModelKind::kClassifier:
      return "text-classification";
    case ModelKind::kEncoder:
      return "feature-extraction";
    case ModelKind::kUnknown:
      break;
  }
  return "";
}

}  // namespace slipway::model
