#include "transform/merge/adapter_keys.h"

#include <map>

#include <gtest/gtest.h>

#include "support/golden.h"

namespace slipway::transform {
namespace {

const std::map<std::string, KeyRole> kRoles = {{"lora_A", KeyRole::kLoraA},
                                               {"lora_B", KeyRole::kLoraB},
                                               {"lora_B_bias", KeyRole::kLoraBias},
                                               {"lora_embedding_A", KeyRole::kEmbeddingA},
                                               {"lora_embedding_B", KeyRole::kEmbeddingB},
                                               {"dora_magnitude", KeyRole::kMagnitude},
                                               {"param_wrapper_outer_A", KeyRole::kLoraA},
                                               {"param_wrapper_inner_A", KeyRole::kLoraA},
                                               {"full_weight", KeyRole::kFullTensor},
                                               {"trainable_tokens", KeyRole::kTokenRows},
                                               {"ignore", KeyRole::kIgnored},
                                               {"kasa_diag", KeyRole::kUnknown},
                                               {"unknown", KeyRole::kUnknown}};

TEST(AdapterKeys, SayWhatTheVectorsSay) {
  const json::Value root = slipway::testing::golden_json("merge/key_maps.json");
  ASSERT_GE(root.find("adapter_keys")->items().size(), 16U);
  for (const json::Value& one : root.find("adapter_keys")->items()) {
    const std::string name = slipway::testing::text_of(one, "key");
    const std::string role = slipway::testing::text_of(one, "role");
    const AdapterKey key = parse_adapter_key(name);
    EXPECT_EQ(key.role, kRoles.at(role)) << name;
    if (key.role != KeyRole::kUnknown) {
      EXPECT_EQ(key.module, slipway::testing::text_of(one, "module")) << name;
    }
    EXPECT_EQ(key.depth, name.find(".base_layer.") == std::string::npos ? 0 : 1) << name;
  }
}

TEST(AdapterKeys, LoseThePartsThatPeftPutAroundAModule) {
  const AdapterKey saved = parse_adapter_key("base_model.model.lm_head.modules_to_save.default.weight");
  EXPECT_EQ(saved.module + "." + saved.parameter, "lm_head.weight");
  EXPECT_EQ(parse_adapter_key("base_model.model.score.modules_to_save.bias").module, "score");
  EXPECT_EQ(parse_adapter_key("base_model.model.lm_head.original_module.weight").role, KeyRole::kOriginal);
  for (const char* odd : {"", "base_model.model.", "base_model.model.token_adapter.base_layer",
                          "base_model.model.token_adapter.base_layer.weight", "base_model.model.weight",
                          "q.lora_A.weight", "base_model.model.a..b", "base_model.model.q.lora_A.a.b.weight"})
    EXPECT_EQ(parse_adapter_key(odd).role, KeyRole::kUnknown) << odd;
}

TEST(AdapterKeys, TakeGrownEmbeddingsBesideTrainedRowsForTheWholeMatrix) {
  const AdapterKey grown =
      parse_adapter_key("base_model.model.model.embed_tokens.token_adapter.base_layer.weight");
  EXPECT_EQ(grown.role, KeyRole::kFullTensor);
  EXPECT_EQ(grown.module + "." + grown.parameter, "model.embed_tokens.weight");
  EXPECT_EQ(grown.depth, 0);
}

}  // namespace
}  // namespace slipway::transform
