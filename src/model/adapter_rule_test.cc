#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "model/rule_test_support.h"

namespace slipway::model {
namespace {

using namespace testing_support;  // NOLINT
using testing::Contains;
using testing::ElementsAre;

constexpr std::string_view kAdapter = "adapter_config.json";
constexpr std::string_view kGeneration = "generation_config.json";

RuleInputs adapter_with(std::string_view members) {
  RuleInputs inputs{.run = run_with("-", "-"), .adapter = true};
  inputs.run.files["adapter_config.json"] = fmt::format(R"({{"task_type": "CAUSAL_LM", {}}})", members);
  return inputs;
}

RuleInputs adapter_on(std::string_view base_config, std::string_view base_generation) {
  RuleInputs inputs = adapter_with(R"("r": 8)");
  inputs.base = run_with(base_config, base_generation, "<|endoftext|>");
  return inputs;
}

TEST(AdapterRule, SortsSetsAndKeepsTheOrderOfModulesToSave) {
  const RuleInputs inputs = adapter_with(
      R"("target_modules": ["v_proj", "q_proj"], "exclude_modules": ["b", "a"], "modules_to_save": ["lm_head", "embed"])");
  const RuleOutcome outcome = apply(inputs);
  EXPECT_EQ(after(inputs, outcome, kAdapter, "target_modules"), R"(["q_proj","v_proj"])");
  EXPECT_EQ(after(inputs, outcome, kAdapter, "exclude_modules"), R"(["a","b"])");
  EXPECT_EQ(after(inputs, outcome, kAdapter, "modules_to_save"), R"(["lm_head","embed"])");
}

TEST(AdapterRule, SortsTheSetsOfOtherTunersAndKeepsOrdersThatMean) {
  const RuleInputs inputs = adapter_with(
      R"("peft_type": "IA3", "feedforward_modules": ["w2", "w1"], "alora_invocation_tokens": [9, 4],
         "layers_to_transform": [3, 1])");
  const RuleOutcome outcome = apply(inputs);
  EXPECT_EQ(after(inputs, outcome, kAdapter, "feedforward_modules"), R"(["w1","w2"])");
  EXPECT_EQ(after(inputs, outcome, kAdapter, "alora_invocation_tokens"), "[9,4]");
  EXPECT_EQ(after(inputs, outcome, kAdapter, "layers_to_transform"), "[3,1]");
}

TEST(AdapterRule, LeavesAPatternOfModulesAlone) {
  const RuleInputs inputs = adapter_with(R"("target_modules": ".*proj")");
  EXPECT_EQ(after(inputs, apply(inputs), kAdapter, "target_modules"), R"(".*proj")");
}

TEST(AdapterRule, NamesTheBaseInItsPublicForm) {
  RuleInputs inputs = adapter_with(R"("base_model_name_or_path": "/data/base")");
  inputs.public_base_id = "owner/base";
  const RuleOutcome outcome = apply(inputs);
  EXPECT_EQ(after(inputs, outcome, kAdapter, "base_model_name_or_path"), R"("owner/base")");
  EXPECT_THAT(codes(outcome), Contains("adapter-base-local"));
}

TEST(AdapterRule, RecordsAKnownRevisionWhereThereIsNone) {
  RuleInputs inputs = adapter_with(R"("revision": null)");
  inputs.base_revision = "abc";
  EXPECT_EQ(after(inputs, apply(inputs), kAdapter, "revision"), R"("abc")");
  RuleInputs recorded = adapter_with(R"("revision": "v1")");
  recorded.base_revision = "abc";
  EXPECT_EQ(after(recorded, apply(recorded), kAdapter, "revision"), R"("v1")");
}

TEST(AdapterRule, DropsARevisionOfAnotherBase) {
  RuleInputs inputs = adapter_with(R"("base_model_name_or_path": "owner/old", "revision": "abc")");
  inputs.public_base_id = "owner/new";
  EXPECT_EQ(after(inputs, apply(inputs), kAdapter, "revision"), "null");
  inputs.base_revision = "def";
  EXPECT_EQ(after(inputs, apply(inputs), kAdapter, "revision"), R"("def")");
  inputs.public_base_id = "owner/old";
  EXPECT_EQ(after(inputs, apply(inputs), kAdapter, "revision"), R"("abc")");
}

TEST(AdapterRule, WritesItsStopsBesideItWhereTheBaseStopsElsewhere) {
  const RuleInputs inputs = adapter_on(kDecoder, R"("eos_token_id": 0, "top_p": 0.9, "use_cache": false)");
  const RuleOutcome outcome = apply(inputs);
  EXPECT_TRUE(outcome.stops.differs_from_base);
  EXPECT_EQ(after(inputs, outcome, kGeneration, "eos_token_id"), "[2,0]");
  EXPECT_EQ(after(inputs, outcome, kGeneration, "do_sample"), "true");
  EXPECT_EQ(after(inputs, outcome, kGeneration, "use_cache"), "");
  EXPECT_THAT(codes(outcome), Contains("adapter-stops-differ"));
}

TEST(AdapterRule, WritesNothingWhereTheBaseStopsTheSame) {
  const RuleOutcome outcome = apply(adapter_on(kDecoder, R"("eos_token_id": 2)"));
  EXPECT_FALSE(outcome.stops.differs_from_base);
  EXPECT_TRUE(outcome.files.files.empty());
}

TEST(AdapterRule, ReadsTheBasesConfigWhereItHasNoGenerationConfig) {
  const RuleInputs inputs = adapter_on(fmt::format(R"({}, "eos_token_id": 0)", kDecoder), "-");
  const RuleOutcome outcome = apply(inputs);
  EXPECT_TRUE(outcome.stops.differs_from_base);
  EXPECT_EQ(after(inputs, outcome, kGeneration, "eos_token_id"), "[2,0]");
}

TEST(AdapterRule, WritesItsStopsWhereTheBaseIsNotKnown) {
  const RuleInputs inputs = adapter_with(R"("r": 8)");
  const RuleOutcome outcome = apply(inputs);
  EXPECT_EQ(after(inputs, outcome, kGeneration, ""), R"({"eos_token_id":2})");
  EXPECT_TRUE(warns(outcome, "base-unknown"));
  EXPECT_TRUE(outcome.stops.differs_from_base);
}

TEST(AdapterRule, NeverChangesTheConfigThatTheTrainerDroppedIn) {
  RuleInputs inputs = adapter_with(R"("r": 8)");
  inputs.run.files["config.json"] =
      R"({"architectures": ["LlamaForCausalLM"], "use_cache": false, "eos_token_id": 4})";
  const RuleOutcome outcome = apply(inputs);
  EXPECT_EQ(outcome.files.find("config.json"), nullptr);
  EXPECT_EQ(after(inputs, outcome, kGeneration, "eos_token_id"), "[2,4]");
}

TEST(AdapterRule, SpeaksItsBasesLanguageWithoutATokenizerOfItsOwn) {
  RuleInputs inputs = adapter_on(kDecoder, R"("eos_token_id": 0)");
  for (const char* name :
       {"tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "chat_template.jinja"})
    inputs.run.files.erase(name);
  const RuleOutcome outcome = apply(inputs);
  EXPECT_THAT(outcome.stops.ids, ElementsAre(0, 2));  // the base's template ends its turns with 2
}

TEST(AdapterRule, MakesNoGenerationConfigForAClassifier) {
  RuleInputs inputs = adapter_with(R"("target_modules": ["b", "a"])");
  inputs.run.files["adapter_config.json"] = R"({"task_type": "SEQ_CLS", "target_modules": ["b", "a"]})";
  const RuleOutcome outcome = apply(inputs);
  EXPECT_THAT(codes(outcome), ElementsAre("adapter-sets-unsorted"));
  EXPECT_EQ(outcome.files.find(kGeneration), nullptr);
}

}  // namespace
}  // namespace slipway::model
