#include <gtest/gtest.h>

#include "model/rule_test_support.h"

namespace slipway::model::testing_support {
namespace {

RuleInputs untied(std::string_view config) {
  return {.run = run_with(std::string(kDecoder) + std::string(config), R"("eos_token_id": 2)"),
          .untie = true};
}

TEST(TieRule, TakesTheFlagBackWhereTheEmbeddingsDiffer) {
  const RuleInputs inputs = untied(R"(, "eos_token_id": 2, "tie_word_embeddings": true)");
  const RuleOutcome outcome = apply(inputs);
  EXPECT_EQ(after(inputs, outcome, "config.json", "tie_word_embeddings"), "false");
  EXPECT_EQ(codes(outcome).front(), "tied-but-different");
}

TEST(TieRule, SaysItWhereOnlyTheModelsClassSaidOtherwise) {
  const RuleInputs inputs = untied(R"(, "eos_token_id": 2, "model_type": "gemma2")");
  EXPECT_EQ(after(inputs, apply(inputs), "config.json", "tie_word_embeddings"), "false");
}

TEST(TieRule, ChangesEveryLevelThatHasTheFlag) {
  const RuleInputs inputs = untied(
      R"(, "tie_word_embeddings": true, "text_config": {"tie_word_embeddings": true, "eos_token_id": 2})");
  const RuleOutcome outcome = apply(inputs);
  EXPECT_EQ(after(inputs, outcome, "config.json", "tie_word_embeddings"), "false");
  EXPECT_EQ(after(inputs, outcome, "config.json", "text_config.tie_word_embeddings"), "false");
}

TEST(TieRule, ReportsAnAdapterThatUntiesItsBase) {
  RuleInputs inputs = untied(R"(, "eos_token_id": 2)");
  inputs.adapter = true;
  inputs.run.files["adapter_config.json"] = R"({"peft_type": "LORA", "task_type": "CAUSAL_LM"})";
  EXPECT_TRUE(warns(apply(inputs), "adapter-unties"));
}

TEST(TieRule, LeavesTheFlagWhereNobodyComparedOrTheyAreTheSame) {
  RuleInputs inputs = untied(R"(, "eos_token_id": 2, "tie_word_embeddings": true)");
  inputs.untie = false;
  EXPECT_EQ(after(inputs, apply(inputs), "config.json", "tie_word_embeddings"), "true");
}

}  // namespace
}  // namespace slipway::model::testing_support
