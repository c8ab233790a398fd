#include "model/metadata.h"

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
  EXPECT_EQ(pipeline_tag(ModelKind::kUnknown), "");
}

}  // namespace
}  // namespace slipway::model
