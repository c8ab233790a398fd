#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "model/rule_test_support.h"

namespace slipway::model {
namespace {

using namespace testing_support;  // NOLINT
using testing::Contains;
using testing::ElementsAre;

constexpr std::string_view kArchitecture = R"("architectures": ["LlamaForCausalLM"], "eos_token_id": 2)";

RuleInputs inputs_with(std::string_view config, std::string_view generation) {
  return {.run =
              run_with(fmt::format("{}{}{}", kArchitecture, config.empty() ? "" : ", ", config),
                       fmt::format(R"("eos_token_id": 2{}{})", generation.empty() ? "" : ", ", generation))};
}

TEST(CacheRule, SwitchesTheCacheOnAtEveryLevelThatHasTheKey) {
  const RuleInputs inputs = inputs_with(
      R"("use_cache": false, "text_config": {"use_cache": false}, "vision_config": {"deep": {"use_cache": false}})",
      "");
  const RuleOutcome outcome = apply(inputs);
  EXPECT_EQ(after(inputs, outcome, "config.json", "use_cache"), "true");
  EXPECT_EQ(after(inputs, outcome, "config.json", "text_config.use_cache"), "true");
  EXPECT_EQ(after(inputs, outcome, "config.json", "vision_config.deep.use_cache"), "true");
  EXPECT_THAT(codes(outcome), ElementsAre("cache-off", "cache-off", "cache-off"));
}

TEST(CacheRule, GivesTheTextLevelTheKeyIfNoneHasIt) {
  const RuleInputs nested = inputs_with(R"("text_config": {})", "");
  const RuleOutcome outcome = apply(nested);
  EXPECT_EQ(after(nested, outcome, "config.json", "text_config.use_cache"), "true");
  EXPECT_EQ(after(nested, outcome, "config.json", "use_cache"), "");
  const RuleInputs flat = inputs_with("", "");
  EXPECT_EQ(after(flat, apply(flat), "config.json", "use_cache"), "true");
}

TEST(CacheRule, DeletesFalseFromTheGenerationConfig) {
  const RuleInputs inputs = inputs_with(R"("use_cache": true)", R"("use_cache": false)");
  const RuleOutcome outcome = apply(inputs);
  EXPECT_EQ(after(inputs, outcome, "generation_config.json", ""), R"({"eos_token_id":2})");
  ASSERT_THAT(codes(outcome), ElementsAre("cache-off-generation"));
  EXPECT_EQ(outcome.fixes.front().before, "false");
  EXPECT_EQ(outcome.fixes.front().after, "");
}

TEST(CacheRule, WritesTrueWhereACacheImplementationIsChosen) {
  const RuleInputs inputs =
      inputs_with(R"("use_cache": true)", R"("cache_implementation": "static", "use_cache": false)");
  EXPECT_EQ(after(inputs, apply(inputs), "generation_config.json", "use_cache"), "true");
}

TEST(CacheRule, RefusesAFileThatWantsEndlessChanges) {
  std::string config(kDecoder);
  for (int i = 0; i < 300; ++i) config += fmt::format(R"(, "a{}": {{"use_cache": false}})", i);
  const auto outcome = apply_rules({.run = run_with(config, R"("eos_token_id": 2)")});
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, ErrorCode::kRefused);
}

TEST(CacheRule, LeavesTrueAlone) {
  EXPECT_THAT(codes(apply(inputs_with(R"("use_cache": true)", R"("use_cache": true)"))), ElementsAre());
}

TEST(CacheRule, SwitchesOnAndReportsWhereTheBaseItselfSaysFalse) {
  RuleInputs inputs = inputs_with(R"("use_cache": false)", "");
  inputs.base = run_with(R"("architectures": ["LlamaForCausalLM"], "use_cache": false)", "");
  const RuleOutcome outcome = apply(inputs);
  EXPECT_EQ(after(inputs, outcome, "config.json", "use_cache"), "true");
  EXPECT_TRUE(warns(outcome, "cache-off-in-base"));
}

TEST(CacheRule, TakesZeroForFalse) {
  const RuleInputs inputs = inputs_with(R"("use_cache": true)", R"("use_cache": 0)");
  EXPECT_THAT(codes(apply(inputs)), ElementsAre("cache-off-generation"));
}

TEST(CacheRule, ReportsABaseWhoseGenerationConfigSaysFalse) {
  RuleInputs inputs = inputs_with(R"("use_cache": true)", "");
  inputs.base = run_with(R"("architectures": ["LlamaForCausalLM"])", R"("use_cache": false)");
  EXPECT_TRUE(warns(apply(inputs), "cache-off-in-base"));
}

TEST(CacheRule, TellsAnAdaptersUsersWhatTheBaseSays) {
  RuleInputs inputs{.run = run_with("-", "-"), .adapter = true};
  inputs.run.files["adapter_config.json"] = R"({"task_type": "CAUSAL_LM"})";
  inputs.base =
      run_with(R"("architectures": ["LlamaForCausalLM"], "use_cache": false)", R"("eos_token_id": 2)");
  const RuleOutcome outcome = apply(inputs);
  EXPECT_THAT(outcome.warnings,
              Contains(testing::Field(&Warning::message, testing::HasSubstr("use_cache=True"))));
}

}  // namespace
}  // namespace slipway::model
