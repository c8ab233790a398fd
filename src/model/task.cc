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
    {"ForTokenClassification", Task::kTokenClassification},
    {"ForMaskedLM", Task::kFillMask},
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
  const std::string name = architecture_of(*config);
  for (const Ending& ending : kEndings)
    if (name.ends_with(ending.text)) return ending.task;
  const Task task = by_type(kind, text_at(*config, "model_type"));
  if (task != Task::kUnknown) return task;
  if (kind == ModelKind::kVisionLanguage && only_hears(*config)) return Task::kAudioTextToText;
  return usual_task(kind);
}

std::string_view pipeline_tag(Task task) {
  switch (task) {
    case Task::kTextGeneration:
      return "text-generation";
    case Task::kTextToText:
      return "text2text-generation";
    case Task::kImageTextToText:
      return "image-text-to-text";
    case Task::kAudioTextToText:
      return "audio-text-to-text";
    case Task::kSpeechRecognition:
      return "automatic-speech-recognition";
    case Task::kSpeechSynthesis:
      return "text-to-speech";
    case Task::kAudioClassification:
      return "audio-classification";
    case Task::kImageClassification:
      return "image-classification";
    case Task::kTextClassification:
      return "text-classification";
    case Task::kTokenClassification:
      return "token-classification";
    case Task::kFillMask:
      return "fill-mask";
    case Task::kAudioFeatures:
    case Task::kFeatureExtraction:
      return "feature-extraction";
    case Task::kSentenceSimilarity:
      return "sentence-similarity";
    case Task::kUnknown:
      break;
  }
  return "";
}

}  // namespace slipway::model
