#include "model/task.h"

#include <algorithm>
#include <array>
#include <string>

namespace slipway::model {
namespace {

using json::Value;

// Their input is sound, whatever the class is called.
constexpr auto kHearingTypes = std::to_array<std::string_view>(
    {"audio-spectrogram-transformer", "data2vec-audio", "hubert", "mctct", "moonshine", "parakeet_ctc",
     "parakeet_encoder", "seamless_m4t", "sew", "sew-d", "speech_to_text", "speecht5", "unispeech",
     "unispeech-sat", "wav2vec2", "wav2vec2-bert", "wav2vec2-conformer", "wavlm", "whisper"});
constexpr auto kTranscribingTypes =
    std::to_array<std::string_view>({"moonshine", "speech_to_text", "whisper"});
constexpr auto kSpeakingTypes = std::to_array<std::string_view>({"bark", "vits"});

struct Ending {
  std::string_view text;
  Task task;
};
constexpr auto kEndings = std::to_array<Ending>({
    {"ForCTC", Task::kSpeechRecognition},
    {"ForSpeechSeq2Seq", Task::kSpeechRecognition},
    {"ForSpeechToText", Task::kSpeechRecognition},
    {"SpeechEncoderDecoderModel", Task::kSpeechRecognition},
    {"ForTextToSpeech", Task::kSpeechSynthesis},
    {"ForAudioClassification", Task::kAudioClassification},
    {"ForImageClassification", Task::kImageClassification},
    {"ForObjectDetection", Task::kObjectDetection},
    {"ForSemanticSegmentation", Task::kImageSegmentation},
    {"ForUniversalSegmentation", Task::kImageSegmentation},
    {"ForDepthEstimation", Task::kDepthEstimation},
    {"ForVideoClassification", Task::kVideoClassification},
    {"CLIPModel", Task::kZeroShotImageClassification},
    {"SiglipModel", Task::kZeroShotImageClassification},
    {"Siglip2Model", Task::kZeroShotImageClassification},
    {"ForTokenClassification", Task::kTokenClassification},
    {"ForQuestionAnswering", Task::kQuestionAnswering},
    {"ForMultipleChoice", Task::kMultipleChoice},
    {"ForMaskedLM", Task::kFillMask},
});

// Detectors that are told what to look for.
constexpr auto kToldWhatToFind = std::to_array<std::string_view>({"Owl", "GroundingDino", "MMGroundingDino"});

struct Tag {
  Task task;
  std::string_view text;
};
constexpr auto kTags = std::to_array<Tag>({
    {Task::kTextGeneration, "text-generation"},
    {Task::kTextToText, "text2text-generation"},
    {Task::kImageTextToText, "image-text-to-text"},
    {Task::kAudioTextToText, "audio-text-to-text"},
    {Task::kSpeechRecognition, "automatic-speech-recognition"},
    {Task::kSpeechSynthesis, "text-to-speech"},
    {Task::kAudioClassification, "audio-classification"},
    {Task::kAudioFeatures, "feature-extraction"},
    {Task::kImageClassification, "image-classification"},
    {Task::kImageFeatures, "image-feature-extraction"},
    {Task::kImageSegmentation, "image-segmentation"},
    {Task::kObjectDetection, "object-detection"},
    {Task::kDepthEstimation, "depth-estimation"},
    {Task::kVideoClassification, "video-classification"},
    {Task::kZeroShotImageClassification, "zero-shot-image-classification"},
    {Task::kZeroShotObjectDetection, "zero-shot-object-detection"},
    {Task::kTextClassification, "text-classification"},
    {Task::kTokenClassification, "token-classification"},
    {Task::kQuestionAnswering, "question-answering"},
    {Task::kMultipleChoice, "multiple-choice"},
    {Task::kFillMask, "fill-mask"},
    {Task::kFeatureExtraction, "feature-extraction"},
    {Task::kSentenceSimilarity, "sentence-similarity"},
    {Task::kAnyToAny, "any-to-any"},
});

template <class List>
bool holds(const List& list, std::string_view text) {
  return std::ranges::find(list, text) != list.end();
}

std::string text_at(const Value& config, std::string_view key) {
  const Value* value = config.find(key);
  return value != nullptr && value->is_string() ? value->string() : std::string();
}

bool has_level(const Value& config, std::string_view key) {
  const Value* value = config.find(key);
  return value != nullptr && value->is_object();
}

bool holds_value(const Value& config, std::string_view key) {
  const Value* value = config.find(key);
  return value != nullptr && !value->is_null();
}

Task by_class(std::string_view name) {
  const auto ending =
      std::ranges::find_if(kEndings, [name](const Ending& e) { return name.ends_with(e.text); });
  if (ending == kEndings.end()) return Task::kUnknown;
  const bool told = std::ranges::any_of(kToldWhatToFind,
                                        [name](std::string_view begin) { return name.starts_with(begin); });
  return told && ending->task == Task::kObjectDetection ? Task::kZeroShotObjectDetection : ending->task;
}

bool only_hears(const Value& config) {
  return (has_level(config, "audio_config") || has_level(config, "encoder_config")) &&
         !has_level(config, "vision_config");
}

Task by_type(ModelKind kind, std::string_view type) {
  if (holds(kSpeakingTypes, type)) return Task::kSpeechSynthesis;
  if (!holds(kHearingTypes, type)) return Task::kUnknown;
  if (kind == ModelKind::kClassifier) return Task::kAudioClassification;
  if (kind == ModelKind::kEncoder) return Task::kAudioFeatures;
  return holds(kTranscribingTypes, type) ? Task::kSpeechRecognition : Task::kUnknown;
}

}  // namespace

Task usual_task(ModelKind kind) {
  switch (kind) {
    case ModelKind::kDecoder:
      return Task::kTextGeneration;
    case ModelKind::kEncoderDecoder:
      return Task::kTextToText;
    case ModelKind::kVisionLanguage:
      return Task::kImageTextToText;
    case ModelKind::kClassifier:
      return Task::kTextClassification;
    case ModelKind::kEncoder:
      return Task::kFeatureExtraction;
    case ModelKind::kUnknown:
      break;
  }
  return Task::kUnknown;
}

Task decide_task(ModelKind kind, const Value* config) {
  if (config == nullptr) return usual_task(kind);
  if (const Task task = by_class(architecture_of(*config)); task != Task::kUnknown) return task;
  const Task task = by_type(kind, text_at(*config, "model_type"));
  if (task != Task::kUnknown) return task;
  if (kind == ModelKind::kVisionLanguage && has_level(*config, "thinker_config")) return Task::kAnyToAny;
  if (kind == ModelKind::kVisionLanguage && only_hears(*config)) return Task::kAudioTextToText;
  const bool sees = holds_value(*config, "image_size") && !holds_value(*config, "vocab_size");
  return kind == ModelKind::kEncoder && sees ? Task::kImageFeatures : usual_task(kind);
}

Task task_of_adapter(const Value& adapter_config) {
  const std::string type = text_at(adapter_config, "task_type");
  if (type == "TOKEN_CLS") return Task::kTokenClassification;
  return type == "QUESTION_ANS" ? Task::kQuestionAnswering : Task::kUnknown;
}

bool has_modules(const Metadata& run) { return !value_of(run, "modules.json").items().empty(); }

bool needs_code(const Value& config) {
  const Value* map = config.find("auto_map");
  return map != nullptr && map->is_object() && !map->members().empty();
}

std::string_view pipeline_tag(Task task) {
  const auto* tag = std::ranges::find(kTags, task, &Tag::task);
  return tag == kTags.end() ? "" : tag->text;
}

}  // namespace slipway::model
