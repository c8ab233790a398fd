#include "model/metadata.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace slipway::model {
namespace {

ModelKind kind_of(std::string_view config) {
  const auto value = json::parse(config);
  return value ? decide_kind(&*value, nullptr) : ModelKind::kUnknown;
}

ModelKind kind_of_adapter(std::string_view adapter, std::string_view config = "") {
  const auto adapter_value = json::parse(adapter);
  const auto value = json::parse(config);
  return adapter_value ? decide_kind(value ? &*value : nullptr, &*adapter_value) : ModelKind::kUnknown;
}

TEST(ModelKindTest, ComesFromTheArchitecture) {
  EXPECT_EQ(kind_of(R"({"architectures": ["LlamaForCausalLM"]})"), ModelKind::kDecoder);
  EXPECT_EQ(kind_of(R"({"architectures": ["GPT2LMHeadModel"]})"), ModelKind::kDecoder);
  EXPECT_EQ(kind_of(R"({"architectures": ["ChatGLMModel"]})"), ModelKind::kDecoder);
  EXPECT_EQ(kind_of(R"({"architectures": ["T5ForConditionalGeneration"], "is_encoder_decoder": true})"),
            ModelKind::kEncoderDecoder);
  EXPECT_EQ(kind_of(R"({"architectures": ["LlavaForConditionalGeneration"], "vision_config": {}})"),
            ModelKind::kVisionLanguage);
  EXPECT_EQ(kind_of(R"({"architectures": ["Qwen2ForSequenceClassification"]})"), ModelKind::kClassifier);
  EXPECT_EQ(kind_of(R"({"architectures": ["BertModel"]})"), ModelKind::kEncoder);
  EXPECT_EQ(kind_of(R"({"architectures": ["UNet"]})"), ModelKind::kUnknown);
}

TEST(ModelKindTest, SeesThroughModelsThatHoldALanguageModel) {
  for (
      const char* config :
      {R"({"architectures": ["Qwen2_5OmniForConditionalGeneration"], "thinker_config": {"text_config": {}}})",
       R"({"architectures": ["Qwen2_5OmniModel"], "thinker_config": {}})",
       R"({"architectures": ["InternVLChatModel"], "llm_config": {}, "vision_config": {}})",
       R"({"architectures": ["MultiModalityCausalLM"], "language_config": {}, "vision_config": {}})",
       R"({"architectures": ["MiniCPMV"], "vision_config": {}, "auto_map": {"AutoModelForCausalLM": "m.M"}})",
       R"({"architectures": ["LlavaLlamaForCausalLM"], "mm_vision_tower": "clip"})",
       R"({"architectures": ["Qwen2AudioForConditionalGeneration"], "text_config": {}, "audio_config": {}})"})
    EXPECT_EQ(kind_of(config), ModelKind::kVisionLanguage) << config;
  EXPECT_EQ(kind_of(R"({"architectures": ["CLIPModel"], "vision_config": {}, "text_config": {}})"),
            ModelKind::kUnknown);
}

TEST(ModelKindTest, AsksWhatItsOwnCodeIsRegisteredFor) {
  EXPECT_EQ(kind_of(R"({"architectures": ["MyModel"], "auto_map": {"AutoModelForCausalLM": "m.M"}})"),
            ModelKind::kDecoder);
  EXPECT_EQ(kind_of(R"({"auto_map": {"AutoModelForSeq2SeqLM": "m.M"}})"), ModelKind::kEncoderDecoder);
  EXPECT_EQ(kind_of(R"({"architectures": ["MyModel"], "auto_map": {"AutoModel": "m.M"}})"),
            ModelKind::kEncoder);
}

TEST(ModelKindTest, OfARewardModelIsNoGeneratingOne) {
  for (const char* name : {"LlamaForSequenceClassification", "Qwen2ForProcessRewardModel",
                           "InternLM2ForRewardModel", "MistralForTokenClassification"})
    EXPECT_EQ(kind_of(fmt::format(R"({{"architectures": ["{}"]}})", name)), ModelKind::kClassifier) << name;
}

TEST(Quantised, SaysTheConfigAtTheTopOrAtTheTextLevel) {
  const auto quantised = [](std::string_view config) { return is_quantised(*json::parse(config)); };
  EXPECT_TRUE(quantised(R"({"quantization_config": {"quant_method": "gptq"}})"));
  EXPECT_TRUE(quantised(R"({"text_config": {"quantization_config": {"quant_method": "fp8"}}})"));
  EXPECT_FALSE(quantised(R"({"quantization_config": null, "text_config": {}})"));
}

TEST(Quantised, SaysAFileOfTheQuantiserBesideTheConfig) {
  const auto quantised = [](const char* name, const char* text) {
    return is_quantised(Metadata{{{"config.json", "{}"}, {name, text}}});
  };
  EXPECT_TRUE(quantised("quantize_config.json", R"({"bits": 4})"));
  EXPECT_TRUE(quantised("hf_quant_config.json", R"({"quantization": {}})"));
  EXPECT_FALSE(quantised("quantize_config.json", "[]"));
  EXPECT_FALSE(quantised("generation_config.json", R"({"bits": 4})"));
}

TEST(ModelKindTest, ComesFromConfigKeysWithoutAnArchitecture) {
  EXPECT_EQ(kind_of(R"({"model_type": "llama"})"), ModelKind::kDecoder);
  EXPECT_EQ(kind_of(R"({"is_encoder_decoder": true})"), ModelKind::kEncoderDecoder);
  EXPECT_EQ(kind_of(R"({"vision_config": {}})"), ModelKind::kVisionLanguage);
  EXPECT_EQ(kind_of("{}"), ModelKind::kUnknown);
  EXPECT_EQ(decide_kind(nullptr, nullptr), ModelKind::kUnknown);
}

TEST(ModelKindTest, OfAnAdapterIsItsTask) {
  const std::string_view base = R"({"architectures": ["LlamaForCausalLM"]})";
  EXPECT_EQ(kind_of_adapter(R"({"task_type": "CAUSAL_LM"})"), ModelKind::kDecoder);
  EXPECT_EQ(kind_of_adapter(R"({"task_type": "SEQ_CLS"})", base), ModelKind::kClassifier);
  EXPECT_EQ(kind_of_adapter(R"({"task_type": null})", base), ModelKind::kDecoder);
  EXPECT_EQ(kind_of_adapter(R"({"auto_mapping": {"base_model_class": "BertModel"}})"), ModelKind::kEncoder);
}

TEST(ModelKindTest, GeneratesOnlyWhereThereIsALanguageHead) {
  EXPECT_TRUE(generates(ModelKind::kDecoder) && generates(ModelKind::kEncoderDecoder) &&
              generates(ModelKind::kVisionLanguage));
  EXPECT_FALSE(generates(ModelKind::kClassifier) || generates(ModelKind::kEncoder) ||
               generates(ModelKind::kUnknown));
  EXPECT_EQ(kind_name(ModelKind::kVisionLanguage), "vision-language");
}

}  // namespace
}  // namespace slipway::model
