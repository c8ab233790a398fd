#include "model/adapter_names.h"

#include <gtest/gtest.h>

namespace slipway::model {
namespace {

bool is_own(std::string_view name, std::string_view config = R"({"peft_type": "LORA", "bias": "none"})") {
  return is_own_adapter_name(name, *json::parse(config));
}

TEST(AdapterNames, AreTheTunersOrDeclared) {
  const std::string layer = "base_model.model.model.layers.0.self_attn.q_proj.";
  for (const char* role :
       {"lora_A.weight", "lora_B.weight", "lora_B.bias", "lora_magnitude_vector", "lora_A.default.weight"})
    EXPECT_TRUE(is_own(layer + role)) << role;
  EXPECT_TRUE(is_own("base_model.model.model.embed_tokens.token_adapter.trainable_tokens_delta"));
  EXPECT_TRUE(is_own("base_model.model.model.embed_tokens.weight"));
  EXPECT_TRUE(is_own("base_model.model.score.weight"));
  for (const char* head : {"proj_out", "output", "transformer.output_layer", "embed_out", "vocab_projector",
                           "cls.predictions.decoder", "generator_lm_head"})
    EXPECT_TRUE(is_own(std::string("base_model.model.") + head + ".weight")) << head;
  EXPECT_FALSE(is_own("base_model.model.encoder.layer.0.output.dense.weight"));
  EXPECT_FALSE(is_own(layer + "weight"));
  EXPECT_FALSE(is_own(layer + "base_layer.weight"));
  EXPECT_FALSE(is_own("base_model.model.model.norm.weight"));
  EXPECT_TRUE(is_own("base_model.model.model.norm.weight", R"({"modules_to_save": ["norm"]})"));
  EXPECT_TRUE(is_own("base_model.model.model.norm.weight", R"({"modules_to_save": ["model.norm"]})"));
  for (const char* norm :
       {"norm", "layers.0.input_layernorm"})  // by the end of the path, as peft looks for it
    EXPECT_TRUE(
        is_own(std::string("base_model.model.model.") + norm + ".weight", R"({"modules_to_save": ["norm"]})"))
        << norm;
  EXPECT_FALSE(is_own("base_model.model.model.norms.weight", R"({"modules_to_save": ["norm"]})"));
  EXPECT_FALSE(is_own(layer + "bias"));
  EXPECT_TRUE(is_own(layer + "bias", R"({"bias": "all"})"));
}

TEST(AdapterNames, OfOtherTunersAreNotJudged) {
  EXPECT_TRUE(is_own("prompt_embeddings", R"({"peft_type": "PROMPT_TUNING"})"));
  EXPECT_TRUE(is_own("base_model.model.model.layers.0.mlp.ia3_l", R"({"peft_type": "IA3"})"));
}

TEST(AdapterNames, ShowAnAdapterInsideAnAdapter) {
  EXPECT_TRUE(is_nested_adapter_name("base_model.model.base_model.model.model.layers.0.q.lora_A.weight"));
  EXPECT_FALSE(is_nested_adapter_name("base_model.model.model.layers.0.q.lora_A.weight"));
}

TEST(AdapterNames, LeadToTheBasesNames) {
  EXPECT_EQ(name_in_base("base_model.model.lm_head.weight"), "lm_head.weight");
  EXPECT_EQ(name_in_base("base_model.model.model.embed_tokens.base_layer.weight"),
            "model.embed_tokens.weight");
  EXPECT_EQ(name_in_base("base_model.model.lm_head.modules_to_save.default.weight"), "lm_head.weight");
  EXPECT_EQ(name_in_base("base_model.model.lm_head.modules_to_save.weight"), "lm_head.weight");
  EXPECT_EQ(name_in_base("base_model.model.model.layers.0.q_proj.lora_A.weight"), "");
}

}  // namespace
}  // namespace slipway::model
