#include "model/mergeable.h"

#include <gtest/gtest.h>

namespace slipway::model {
namespace {

std::string refusal(std::string_view members) {
  const auto config = json::parse(std::string(R"({"peft_type": "LORA")") + std::string(members) + "}");
  const auto verdict = check_mergeable(config.value());
  return verdict ? "" : verdict.error().message;
}

TEST(Mergeable, IsTheLoraFamily) {
  for (const char* members :
       {"", R"(, "use_rslora": true, "use_dora": true)", R"(, "init_lora_weights": true)",
        R"(, "init_lora_weights": "gaussian")", R"(, "init_lora_weights": "eva", "use_qalora": false)",
        R"(, "alora_invocation_tokens": null, "arrow_config": null)"})
    EXPECT_EQ(refusal(members), "") << members;
}

TEST(Mergeable, RefusesEveryOtherTypeByItsName) {
  for (const char* type : {"IA3", "ADALORA", "LOHA", "LOKR", "VERA", "OFT", "PROMPT_TUNING", "P_TUNING"}) {
    const auto config = json::parse(std::string(R"({"peft_type": ")") + type + R"("})");
    const auto verdict = check_mergeable(config.value());
    ASSERT_FALSE(verdict);
    EXPECT_EQ(verdict.error().code, ErrorCode::kRefused);
    EXPECT_NE(verdict.error().message.find(type), std::string::npos);
  }
  EXPECT_FALSE(check_mergeable(json::Value::object()));
}

TEST(Mergeable, RefusesVariantsThatNoWeightExpresses) {
  EXPECT_NE(refusal(R"(, "alora_invocation_tokens": [1])").find("aLoRA"), std::string::npos);
  EXPECT_NE(refusal(R"(, "arrow_config": {})").find("Arrow"), std::string::npos);
  EXPECT_NE(refusal(R"(, "kasa_config": {})").find("KaSA"), std::string::npos);
  EXPECT_NE(refusal(R"(, "use_qalora": true)").find("QALoRA"), std::string::npos);
}

TEST(Mergeable, RefusesAnInitThatChangedTheBase) {
  for (const char* init : {"pissa", "pissa_niter_4", "olora", "corda", "loftq", "lora_ga"})
    EXPECT_NE(refusal(std::string(R"(, "init_lora_weights": ")") + init + '"').find(init), std::string::npos);
  EXPECT_NE(refusal(R"(, "init_lora_weights": "new")").find("new"), std::string::npos);
}

}  // namespace
}  // namespace slipway::model
