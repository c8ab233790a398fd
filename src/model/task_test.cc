#include "model/task.h"

#include <gtest/gtest.h>

namespace slipway::model {
namespace {

std::string_view task_of_config(std::string_view text) {
  const auto config = json::parse(text);
  return config ? task_of({}, *config, decide_kind(&*config, nullptr)) : "no JSON";
}

TEST(Task, IsToldByTheClass) {
  EXPECT_EQ(task_of_config(R"({"architectures": ["LlamaForCausalLM"]})"), "text-generation");
  EXPECT_EQ(task_of_config(R"({"architectures": ["BertForTokenClassification"]})"), "token-classification");
  EXPECT_EQ(task_of_config(R"({"architectures": ["BertForSequenceClassification"]})"), "text-classification");
  EXPECT_EQ(task_of_config(R"({"architectures": ["ModernBertForMaskedLM"]})"), "fill-mask");
  EXPECT_EQ(task_of_config(R"({"architectures": ["BertModel"], "vocab_size": 9})"), "feature-extraction");
  EXPECT_EQ(task_of_config(R"({"architectures": ["ViTForImageClassification"]})"), "image-classification");
  EXPECT_EQ(task_of_config(R"({"architectures": ["OwlViTForObjectDetection"]})"),
            "zero-shot-object-detection");
  EXPECT_EQ(task_of_config(R"({"architectures": ["DetrForObjectDetection"]})"), "object-detection");
  EXPECT_EQ(task_of_config(R"({"architectures": ["UNet"]})"), "");
  EXPECT_EQ(task_of_config("{}"), "");
}

TEST(Task, OfWhatHearsIsNotThatOfText) {
  EXPECT_EQ(task_of_config(R"({"architectures": ["WhisperForConditionalGeneration"],
                               "is_encoder_decoder": true, "num_mel_bins": 80})"),
            "automatic-speech-recognition");
  EXPECT_EQ(task_of_config(R"({"architectures": ["Wav2Vec2ForCTC"]})"), "automatic-speech-recognition");
  EXPECT_EQ(
      task_of_config(R"({"architectures": ["Wav2Vec2ForSequenceClassification"], "feat_extract_norm": "a"})"),
      "audio-classification");
  EXPECT_EQ(task_of_config(R"({"architectures": ["Qwen2AudioForConditionalGeneration"], "audio_config": {},
                               "text_config": {}})"),
            "audio-text-to-text");
  EXPECT_EQ(task_of_config(R"({"architectures": ["Gemma3nForConditionalGeneration"], "audio_config": {},
                               "text_config": {}, "vision_config": {}})"),
            "image-text-to-text");
}

TEST(Task, OfPicturesIsNotThatOfText) {
  EXPECT_EQ(task_of_config(R"({"architectures": ["ViTModel"], "image_size": 224})"),
            "image-feature-extraction");
  EXPECT_EQ(task_of_config(R"({"architectures": ["CLIPModel"], "vision_config": {}, "text_config": {}})"),
            "zero-shot-image-classification");
}

TEST(Task, ModulesOfSentenceTransformersEmbed) {
  const Metadata folder{{{"modules.json", R"([{"idx": 0, "path": ""}])"}}};
  const json::Value config = *json::parse(R"({"architectures": ["Qwen3ForCausalLM"]})");
  EXPECT_TRUE(has_modules(folder));
  EXPECT_EQ(task_of(folder, config, ModelKind::kDecoder), "sentence-similarity");
  EXPECT_FALSE(has_modules({{{"modules.json", "{}"}}}));
}

TEST(Task, OfAnAdapterIsItsOwn) {
  const auto task = [](const char* adapter, ModelKind kind) {
    return task_of({{{"adapter_config.json", adapter}}}, json::Value(), kind);
  };
  EXPECT_EQ(task(R"({"task_type": "TOKEN_CLS"})", ModelKind::kClassifier), "token-classification");
  EXPECT_EQ(task(R"({"task_type": "QUESTION_ANS"})", ModelKind::kUnknown), "question-answering");
  EXPECT_EQ(task(R"({"task_type": "CAUSAL_LM"})", ModelKind::kDecoder), "text-generation");
  EXPECT_EQ(task(R"({"task_type": 7})", ModelKind::kUnknown), "");
}

TEST(Task, CodeOfItsOwnIsNamedByAMap) {
  EXPECT_TRUE(names_code(*json::parse(R"({"auto_map": {"AutoModel": "m.M"}})")));
  EXPECT_FALSE(names_code(*json::parse(R"({"auto_map": {}})")));
  EXPECT_FALSE(names_code(*json::parse("{}")));
}

}  // namespace
}  // namespace slipway::model
