// model/task.h - what a model is for, finer than its kind: the Hub's pipeline tag and the snippet go by it.
//
// Contract   From the class that config.json names and the keys beside it; no rule asks for it. What is not
//            told by them is the usual task of the kind.
// Threads    value
// Source     the auto classes of transformers 5.24; the Hub's pipeline tags (tests/golden/hub)
#pragma once

#include <string_view>

#include "model/metadata.h"

namespace slipway::model {

enum class Task {
  kUnknown,
  kTextGeneration,
  kTextToText,
  kImageTextToText,
  kAudioTextToText,
  kSpeechRecognition,
  kSpeechSynthesis,
  kAudioClassification,
  kAudioFeatures,
  kImageClassification,
  kImageFeatures,
  kImageSegmentation,
  kObjectDetection,
  kDepthEstimation,
  kVideoClassification,
  kZeroShotImageClassification,
  kZeroShotObjectDetection,
  kTextClassification,
  kTokenClassification,
  kQuestionAnswering,
  kMultipleChoice,
  kFillMask,
  kFeatureExtraction,
  kSentenceSimilarity,
  kAnyToAny,
};

// `config`: of the model, or of an adapter's base; null when not known.
Task decide_task(ModelKind kind, const json::Value* config);
// As its `task_type` says; kUnknown where that only says the kind.
Task task_of_adapter(const json::Value& adapter_config);
Task usual_task(ModelKind kind);
std::string_view pipeline_tag(Task task);  // "text-generation"; "" when not known

bool has_modules(const Metadata& run);       // a folder of sentence-transformers
bool needs_code(const json::Value& config);  // `auto_map`: classes of its own, beside it or elsewhere

}  // namespace slipway::model
