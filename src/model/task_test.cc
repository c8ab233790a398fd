#include "model/task.h"

#include <gtest/gtest.h>

namespace slipway::model {
namespace {

std::string_view tag_of(std::string_view config) {
  const json::Value value = json::parse(config).value();
  return pipeline_tag(decide_task(decide_kind(&value, nullptr), &value));
}

TEST(Task, IsToldByTheClassAndTheKeysBesideIt) {
  EXPECT_EQ(tag_of(R"({"architectures": ["LlamaForCausalLM"]})"), "text-generation");
  EXPECT_EQ(tag_of(R"({"architectures": ["T5ForConditionalGeneration"], "is_encoder_decoder": true})"),
            "text2text-generation");
  EXPECT_EQ(
      tag_of(
          R"({"architectures": ["LlavaForConditionalGeneration"], "vision_config": {}, "text_config": {}})"),
      "image-text-to-text");
  EXPECT_EQ(
      tag_of(
          R"({"architectures": ["Qwen2AudioForConditionalGeneration"], "text_config": {}, "audio_config": {}})"),
      "audio-text-to-text");
  EXPECT_EQ(
      tag_of(R"({"architectures": ["Omni"], "thinker_config": {}, "audio_config": {}, "vision_config": {}})"),
      "any-to-any");
  EXPECT_EQ(tag_of(R"({"architectures": ["WhisperForConditionalGeneration"], "model_type": "whisper",
                      "is_encoder_decoder": true})"),
            "automatic-speech-recognition");
  EXPECT_EQ(tag_of(R"({"architectures": ["Wav2Vec2ForCTC"], "model_type": "wav2vec2"})"),
            "automatic-speech-recognition");
  EXPECT_EQ(tag_of(R"({"architectures": ["HubertForSequenceClassification"], "model_type": "hubert"})"),
            "audio-classification");
  EXPECT_EQ(tag_of(R"({"architectures": ["WhisperForAudioClassification"], "model_type": "whisper"})"),
            "audio-classification");
  EXPECT_EQ(tag_of(R"({"architectures": ["VitsModel"], "model_type": "vits"})"), "text-to-speech");
  EXPECT_EQ(tag_of(R"({"architectures": ["BertForTokenClassification"]})"), "token-classification");
  EXPECT_EQ(tag_of(R"({"architectures": ["Qwen2ForSequenceClassification"]})"), "text-classification");
  EXPECT_EQ(tag_of(R"({"architectures": ["ModernBertForMaskedLM"]})"), "fill-mask");
  EXPECT_EQ(tag_of(R"({"architectures": ["BertModel"]})"), "feature-extraction");
  EXPECT_EQ(tag_of(R"({"architectures": ["ViTForImageClassification"]})"), "image-classification");
  EXPECT_EQ(tag_of(R"({"architectures": ["Nothing"]})"), "");
}

TEST(Task, OfPicturesIsNotThatOfText) {
  EXPECT_EQ(tag_of(R"({"architectures": ["ViTModel"], "image_size": 224})"), "image-feature-extraction");
  EXPECT_EQ(tag_of(R"({"architectures": ["CLIPModel"], "vision_config": {}, "text_config": {}})"),
            "zero-shot-image-classification");
  EXPECT_EQ(tag_of(R"({"architectures": ["OwlViTForObjectDetection"]})"), "zero-shot-object-detection");
  EXPECT_EQ(tag_of(R"({"architectures": ["DetrForObjectDetection"]})"), "object-detection");
}

TEST(Task, OfAnAdapterIsItsOwn) {
  const auto task = [](std::string_view adapter) { return task_of_adapter(*json::parse(adapter)); };
  EXPECT_EQ(task(R"({"task_type": "TOKEN_CLS"})"), Task::kTokenClassification);
  EXPECT_EQ(task(R"({"task_type": "QUESTION_ANS"})"), Task::kQuestionAnswering);
  EXPECT_EQ(task(R"({"task_type": "CAUSAL_LM"})"), Task::kUnknown);
  EXPECT_EQ(task(R"({"task_type": 7})"), Task::kUnknown);
}

TEST(Task, ModulesOfSentenceTransformersAreAListOfSome) {
  EXPECT_TRUE(has_modules({{{"modules.json", R"([{"idx": 0, "path": ""}])"}}}));
  EXPECT_FALSE(has_modules({{{"modules.json", "{}"}}}));
}

TEST(Task, CodeOfItsOwnIsNamedByAMap) {
  EXPECT_TRUE(needs_code(*json::parse(R"({"auto_map": {"AutoModel": "m.M"}})")));
  EXPECT_FALSE(needs_code(*json::parse(R"({"auto_map": {}})")));
  EXPECT_FALSE(needs_code(*json::parse("{}")));
}

TEST(Task, OfAModelWithoutAConfigIsTheUsualOneOfItsKind) {
  EXPECT_EQ(decide_task(ModelKind::kDecoder, nullptr), Task::kTextGeneration);
  EXPECT_EQ(decide_task(ModelKind::kUnknown, nullptr), Task::kUnknown);
}

}  // namespace
}  // namespace slipway::model
