#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "model/rule_test_support.h"

namespace slipway::model {
namespace {

using namespace testing_support;  // NOLINT
using testing::Contains;
using testing::ElementsAre;
using testing::Not;

constexpr std::string_view kGeneration = "generation_config.json";
constexpr std::string_view kConfig = "config.json";

RuleInputs inputs_with(std::string_view config, std::string_view generation,
                       std::string_view eos = "<|im_end|>") {
  return {.run =
              run_with(fmt::format("{}{}{}", kDecoder, config.empty() ? "" : ", ", config), generation, eos)};
}

// A base whose tokenizer is the same.
Metadata base_with(std::string_view config, std::string_view generation) {
  return run_with(fmt::format("{}{}{}", kDecoder, config.empty() ? "" : ", ", config), generation,
                  "<|endoftext|>");
}

TEST(EosRule, ListsTheTokenizersEndThenTheTurnEndThenWhatFilesSay) {
  const RuleInputs inputs = inputs_with(R"("eos_token_id": 3)", R"("eos_token_id": 4)", "<|endoftext|>");
  const RuleOutcome outcome = apply(inputs);
  EXPECT_THAT(outcome.stops.ids, ElementsAre(0, 2, 4, 3));
  EXPECT_EQ(after(inputs, outcome, kGeneration, "eos_token_id"), "[0,2,4,3]");
  EXPECT_EQ(after(inputs, outcome, kConfig, "eos_token_id"), "0");
}

TEST(EosRule, NamesTheTurnEndThatWasMissing) {
  const RuleInputs inputs = inputs_with(R"("eos_token_id": 0)", R"("eos_token_id": 0)", "<|endoftext|>");
  const RuleOutcome outcome = apply(inputs);
  ASSERT_THAT(codes(outcome), ElementsAre("eos-missing-turn-end"));
  const Fix& fix = outcome.fixes.front();
  EXPECT_EQ(fix.file, kGeneration);
  EXPECT_EQ(fix.path, "eos_token_id");
  EXPECT_EQ(fix.before, "0");
  EXPECT_EQ(fix.after, "[0,2]");
  EXPECT_FALSE(fix.reason.empty());
}

TEST(EosRule, NeverShrinksAList) {
  const RuleInputs inputs = inputs_with(R"("eos_token_id": 2)", R"("eos_token_id": [4, 2])");
  EXPECT_EQ(after(inputs, apply(inputs), kGeneration, "eos_token_id"), "[2,4]");
}

TEST(EosRule, TakesBackWhatTheBaseLists) {
  RuleInputs inputs = inputs_with(R"("eos_token_id": 2)", R"("eos_token_id": 2)");
  inputs.base = base_with("", R"("eos_token_id": [0, 2])");
  const RuleOutcome outcome = apply(inputs);
  EXPECT_EQ(after(inputs, outcome, kGeneration, "eos_token_id"), "[2,0]");
  EXPECT_THAT(codes(outcome), ElementsAre("eos-lossy"));
}

TEST(EosRule, LeavesOutAnIdThatIsAnotherTokenInTheBase) {
  RuleInputs inputs = inputs_with(R"("eos_token_id": 2)", R"("eos_token_id": 2)");
  inputs.base = base_with("", R"("eos_token_id": [0, 4])");
  inputs.base->files["tokenizer.json"] = R"({"model": {"vocab": {"<|endoftext|>": 0, "b": 4}}})";
  const RuleOutcome outcome = apply(inputs);
  EXPECT_THAT(outcome.stops.ids, ElementsAre(2, 0));
  EXPECT_TRUE(warns(outcome, "base-stop-not-taken"));
}

TEST(EosRule, GivesAListLevelTheSetAndAnIntLevelTheTokenizersId) {
  const RuleInputs inputs = inputs_with(R"("eos_token_id": [0], "text_config": {"eos_token_id": 0})", "");
  const RuleOutcome outcome = apply(inputs);
  EXPECT_EQ(after(inputs, outcome, kConfig, "eos_token_id"), "[2,0]");
  EXPECT_EQ(after(inputs, outcome, kConfig, "text_config.eos_token_id"), "2");
}

TEST(EosRule, AddsTheTopLevelOnlyIfNoLevelHasTheKey) {
  const RuleInputs nested = inputs_with(R"("text_config": {"eos_token_id": 2})", R"("eos_token_id": 2)");
  EXPECT_EQ(after(nested, apply(nested), kConfig, "eos_token_id"), "");
  const RuleInputs none = inputs_with("", R"("eos_token_id": 2)");
  EXPECT_EQ(after(none, apply(none), kConfig, "eos_token_id"), "2");
}

TEST(EosRule, WritesOneIdAsANumber) {
  const RuleInputs inputs = inputs_with(R"("eos_token_id": 2)", "");
  EXPECT_EQ(after(inputs, apply(inputs), kGeneration, "eos_token_id"), "2");
}

TEST(EosRule, LeavesAListOfTheRightIdAlone) {
  EXPECT_THAT(codes(apply(inputs_with(R"("eos_token_id": 2)", R"("eos_token_id": [2])"))), ElementsAre());
}

TEST(EosRule, PutsTheTokenizersEndFirst) {
  const RuleInputs inputs = inputs_with(R"("eos_token_id": 2)", R"("eos_token_id": [0, 2])");
  const RuleOutcome outcome = apply(inputs);
  EXPECT_THAT(codes(outcome), ElementsAre("eos-order"));
  EXPECT_EQ(after(inputs, outcome, kGeneration, "eos_token_id"), "[2,0]");
}

TEST(EosRule, RemovesIdsPastTheOutputRows) {
  RuleInputs inputs = inputs_with(R"("eos_token_id": 2)", R"("eos_token_id": [2, 9])");
  inputs.output_rows = 5;
  const RuleOutcome outcome = apply(inputs);
  EXPECT_THAT(codes(outcome), ElementsAre("eos-out-of-range"));
  EXPECT_TRUE(warns(outcome, "eos-out-of-range"));
  EXPECT_EQ(after(inputs, outcome, kGeneration, "eos_token_id"), "2");
}

TEST(EosRule, DoesNotCheckRowsItDoesNotKnow) {
  const RuleInputs inputs = inputs_with(R"("eos_token_id": 2)", R"("eos_token_id": [2, 9])");
  EXPECT_THAT(codes(apply(inputs)), ElementsAre());
}

TEST(EosRule, RefusesATokenizerWhoseEndIsPastTheRows) {
  RuleInputs inputs = inputs_with("", "");
  inputs.output_rows = 2;
  const auto outcome = apply_rules(inputs);
  ASSERT_FALSE(outcome.has_value());
  EXPECT_EQ(outcome.error().code, ErrorCode::kRefused);
  EXPECT_NE(outcome.error().message.find("<|im_end|>"), std::string::npos);
}

TEST(EosRule, DoesNotAddATurnEndPastTheRows) {
  RuleInputs inputs = inputs_with(R"("eos_token_id": 0)", R"("eos_token_id": 0)", "<|endoftext|>");
  inputs.output_rows = 2;
  EXPECT_THAT(codes(apply(inputs)), ElementsAre());
}

TEST(EosRule, TakesIdZeroForAnIdLikeAnyOther) {
  RuleInputs inputs = inputs_with(R"("eos_token_id": 4)", R"("eos_token_id": 4)", "<|endoftext|>");
  drop_template(inputs.run);
  const RuleOutcome outcome = apply(inputs);
  EXPECT_EQ(after(inputs, outcome, kGeneration, "eos_token_id"), "[0,4]");
  EXPECT_EQ(after(inputs, outcome, kConfig, "eos_token_id"), "0");
}

TEST(EosRule, LeavesIdsWhereTheTokenizerNamesNoEnd) {
  RuleInputs inputs = inputs_with(R"("eos_token_id": 4)", R"("eos_token_id": [4, 3])");
  name_eos(inputs.run, json::Value());
  const RuleOutcome outcome = apply(inputs);
  EXPECT_THAT(codes(outcome), ElementsAre());
  EXPECT_THAT(outcome.stops.ids, ElementsAre(4, 3));
  EXPECT_TRUE(warns(outcome, "tokenizer-eos-unknown"));
}

TEST(EosRule, LeavesIdsWhereTheVocabularyCannotBeRead) {
  RuleInputs inputs = inputs_with(R"("eos_token_id": 4)", R"("eos_token_id": 4)");
  inputs.run.files.erase("tokenizer.json");
  const RuleOutcome outcome = apply(inputs);
  EXPECT_THAT(codes(outcome), ElementsAre());
  EXPECT_TRUE(warns(outcome, "tokenizer-eos-unknown"));
}

TEST(EosRule, SaysWhyNoTurnEndIsAdded) {
  RuleInputs inputs = inputs_with(R"("eos_token_id": 2)", R"("eos_token_id": 2)");
  use_template(inputs.run, "{{ messages[0].content }}");
  const RuleOutcome outcome = apply(inputs);
  EXPECT_TRUE(warns(outcome, "turn-end-undecided"));
  EXPECT_THAT(codes(outcome), ElementsAre());
}

TEST(EosRule, SaysThatATemplateHasLostItsTurnEnd) {
  constexpr std::string_view kOpenTurns =
      "{% for m in messages %}<|im_start|>{{ m['role'] }}\n{{ m['content'] }}\n{% endfor %}";
  RuleInputs inputs{.run = run_with(kDecoder, R"("eos_token_id": [2, 0])", "<|endoftext|>")};
  use_template(inputs.run, kOpenTurns);
  EXPECT_TRUE(warns(apply(inputs), "turn-end-lost"));
  inputs.run =
      run_with(kDecoder, R"("eos_token_id": 2)", "<|im_end|>");  // the counterpart of what opens a message
  use_template(inputs.run, kOpenTurns);
  EXPECT_TRUE(warns(apply(inputs), "turn-end-lost"));
}

TEST(EosRule, LeavesATemplateWhoseNextMessageIsTheStop) {  // GLM 4
  RuleInputs inputs{.run = run_with(kDecoder, R"("eos_token_id": [0, 1])", "<|endoftext|>")};
  use_template(inputs.run,
               "{% for m in messages %}<|im_start|>{{ m['role'] }}\n{{ m['content'] }}\n{% endfor %}");
  const RuleOutcome outcome = apply(inputs);
  EXPECT_FALSE(warns(outcome, "turn-end-lost"));
  EXPECT_TRUE(warns(outcome, "turn-end-undecided"));
}

TEST(EosRule, SaysThatATemplateIsNone) {
  RuleInputs inputs{.run = run_with(kDecoder, R"("eos_token_id": [2, 0])")};
  use_template(inputs.run, "{% for m in messages %}{{ m['role'] }");
  EXPECT_TRUE(warns(apply(inputs), "template-unreadable"));
}

TEST(EosRule, IsSilentOfAConfigWithoutAStopWhereGenerationHasThem) {
  const RuleInputs inputs{.run = run_with(kDecoder, R"("eos_token_id": [2, 0])")};
  const RuleOutcome outcome = apply(inputs);
  EXPECT_EQ(after(inputs, outcome, "config.json", "eos_token_id"), "2");
  const auto found = codes(outcome);
  EXPECT_NE(std::ranges::find(found, "eos-unset"), found.end());
  EXPECT_EQ(std::ranges::find(found, "eos-missing"), found.end());
}

TEST(EosRule, TakesTheBasesGenerationConfigWhereTheRunHasNone) {
  RuleInputs inputs = inputs_with(R"("eos_token_id": 2)", "-");
  inputs.base = base_with("", R"("eos_token_id": [0], "top_k": 5, "do_sample": true)");
  const RuleOutcome outcome = apply(inputs);
  EXPECT_THAT(codes(outcome), Contains("generation-config-missing"));
  EXPECT_EQ(after(inputs, outcome, kGeneration, "eos_token_id"), "[2,0]");
  EXPECT_EQ(after(inputs, outcome, kGeneration, "top_k"), "5");
}

TEST(EosRule, BuildsAGenerationConfigFromEveryKeyOfTheConfig) {
  const RuleInputs inputs =
      inputs_with(R"("eos_token_id": 0, "bos_token_id": 1, "max_length": 77, "pad_token_id": null)", "-");
  const RuleOutcome outcome = apply(inputs);
  EXPECT_EQ(after(inputs, outcome, kGeneration, ""),
            R"({"bos_token_id":1,"eos_token_id":[2,0],"max_length":77})");
}

TEST(EosRule, BuildsItWithTheBeginTokenThatComesBackFromTheBase) {
  Metadata run = run_with(kDecoder, "-", "");
  name_eos(run, json::Value());
  Metadata base = run;
  base.files["config.json"] = R"({"bos_token_id": 0})";
  const RuleInputs inputs{.run = run, .base = base};
  const RuleOutcome outcome = apply(inputs);
  EXPECT_EQ(after(inputs, outcome, "config.json", "bos_token_id"), "0");
  EXPECT_EQ(after(inputs, outcome, "generation_config.json", "bos_token_id"), "0");
}

TEST(EosRule, MakesNoGenerationConfigWhereNothingIsKnown) {
  RuleInputs inputs = inputs_with("", "-");
  inputs.run.files.erase("tokenizer.json");
  drop_template(inputs.run);
  EXPECT_FALSE(apply(inputs).files.find(kGeneration) != nullptr);
}

TEST(EosRule, WritesTheSingleIdWhereTheHandbookIsAskedFor) {
  RuleInputs inputs = inputs_with(R"("eos_token_id": 0)", R"("eos_token_id": [0, 4])");
  inputs.handbook_eos = true;
  const RuleOutcome outcome = apply(inputs);
  EXPECT_EQ(after(inputs, outcome, kGeneration, "eos_token_id"), "2");
  EXPECT_EQ(after(inputs, outcome, kConfig, "eos_token_id"), "2");
  EXPECT_THAT(outcome.stops.ids, ElementsAre(2));
}

TEST(EosRule, TheHandbookWritesTheTopLevelOfANestedConfigToo) {
  RuleInputs inputs = inputs_with(R"("text_config": {"eos_token_id": [0, 4]})", R"("eos_token_id": [0, 4])");
  inputs.handbook_eos = true;
  const RuleOutcome outcome = apply(inputs);
  EXPECT_EQ(after(inputs, outcome, kConfig, "eos_token_id"), "2");
  EXPECT_EQ(after(inputs, outcome, kConfig, "text_config.eos_token_id"), "2");
}

TEST(EosRule, ReadsAndWritesEveryLevelThatHoldsATextModel) {
  for (const char* level : {"text_config", "llm_config", "language_config", "decoder", "generator"}) {
    SCOPED_TRACE(level);
    const RuleInputs inputs =
        inputs_with(fmt::format(R"("{}": {{"eos_token_id": [4]}})", level), R"("eos_token_id": 2)");
    const RuleOutcome outcome = apply(inputs);
    EXPECT_THAT(outcome.stops.ids, ElementsAre(2, 4));
    EXPECT_EQ(after(inputs, outcome, kConfig, fmt::format("{}.eos_token_id", level)), "[2,4]");
    EXPECT_EQ(after(inputs, outcome, kConfig, "eos_token_id"), "");
  }
}

TEST(EosRule, GoesDownToTheTextLevelOfAnOmniModelAndLeavesItsTalkerAlone) {
  const RuleInputs inputs = inputs_with(
      R"("thinker_config": {"text_config": {"eos_token_id": 0}}, "talker_config": {"eos_token_id": 4})", "");
  const RuleOutcome outcome = apply(inputs);
  EXPECT_THAT(outcome.stops.ids, ElementsAre(2, 0));
  EXPECT_EQ(after(inputs, outcome, kConfig, "thinker_config.text_config.eos_token_id"), "2");
  EXPECT_EQ(after(inputs, outcome, kConfig, "talker_config.eos_token_id"), "4");
}

TEST(EosRule, TouchesNothingOfAKindThatDoesNotGenerate) {
  const RuleInputs inputs = {.run = run_with(R"("architectures": ["LlamaForSequenceClassification"],
      "use_cache": false, "eos_token_id": 4)",
                                             "-")};
  const RuleOutcome outcome = apply(inputs);
  EXPECT_EQ(outcome.kind, ModelKind::kClassifier);
  EXPECT_THAT(codes(outcome), ElementsAre());
  EXPECT_TRUE(outcome.stops.ids.empty());
}

TEST(EosRule, KeepsEveryByteItDoesNotChange) {
  RuleInputs inputs = inputs_with("", "");
  inputs.run.files["config.json"] =
      "{\n    \"architectures\": [\"LlamaForCausalLM\"],\n    \"rms_norm_eps\": 1e-05,\n    \"big\": "
      "1000000000000000019884624838656,\n    \"eos_token_id\": 0,\n    \"use_cache\": false}";
  inputs.run.files["generation_config.json"] = R"({"eos_token_id": 2})";
  const RuleOutcome outcome = apply(inputs);
  EXPECT_EQ(outcome.files.files.at("config.json"),
            "{\n    \"architectures\": [\"LlamaForCausalLM\"],\n    \"rms_norm_eps\": 1e-05,\n    \"big\": "
            "1000000000000000019884624838656,\n    \"eos_token_id\": 2,\n    \"use_cache\": true}");
}

TEST(EosRule, NamesAFileThatIsNoJson) {
  RuleInputs inputs = inputs_with("", "");
  inputs.run.files["generation_config.json"] = "{";
  const auto outcome = apply_rules(inputs);
  ASSERT_FALSE(outcome.has_value());
  EXPECT_EQ(outcome.error().code, ErrorCode::kCorruptData);
  EXPECT_NE(describe(outcome.error()).find("generation_config.json"), std::string::npos);
}

TEST(PadRule, RestoresWhatTrainingErased) {
  RuleInputs inputs = inputs_with(R"("eos_token_id": 2, "bos_token_id": null)", R"("eos_token_id": 2)");
  inputs.base = base_with(R"("bos_token_id": 0, "pad_token_id": 3)", R"("bos_token_id": 0)");
  const RuleOutcome outcome = apply(inputs);
  EXPECT_EQ(after(inputs, outcome, kConfig, "bos_token_id"), "0");
  EXPECT_EQ(after(inputs, outcome, kConfig, "pad_token_id"), "3");
  EXPECT_EQ(after(inputs, outcome, kGeneration, "bos_token_id"), "0");
  EXPECT_THAT(codes(outcome), Contains("bos-erased"));
}

TEST(PadRule, ReportsANullWhereTheBaseIsNotKnown) {
  const RuleOutcome outcome =
      apply(inputs_with(R"("eos_token_id": 2, "bos_token_id": null)", R"("eos_token_id": 2)"));
  EXPECT_THAT(codes(outcome), ElementsAre());
  EXPECT_TRUE(warns(outcome, "bos-unknown"));
}

TEST(PadRule, RestoresANullFromTheBasesOtherFileToo) {
  RuleInputs inputs = inputs_with(R"("eos_token_id": 2)", R"("eos_token_id": 2, "bos_token_id": null)");
  inputs.base = base_with(R"("text_config": {"bos_token_id": 0})", "-");
  EXPECT_EQ(after(inputs, apply(inputs), kGeneration, "bos_token_id"), "0");
}

TEST(PadRule, TakesANegativeIdForANull) {
  RuleInputs inputs =
      inputs_with(R"("eos_token_id": 2, "bos_token_id": -1)", R"("eos_token_id": 2, "pad_token_id": -1)");
  inputs.base = base_with(R"("bos_token_id": 0)", R"("pad_token_id": 3)");
  const RuleOutcome outcome = apply(inputs);
  EXPECT_EQ(after(inputs, outcome, kConfig, "bos_token_id"), "0");
  EXPECT_EQ(after(inputs, outcome, kGeneration, "pad_token_id"), "3");
}

TEST(PadRule, ReportsANullWhoseBaseMeansAnotherToken) {
  RuleInputs inputs = inputs_with(R"("eos_token_id": 2, "pad_token_id": null)", R"("eos_token_id": 2)");
  inputs.base = base_with(R"("pad_token_id": 4)", "");
  inputs.base->files["tokenizer.json"] = R"({"model": {"vocab": {"b": 4}}})";
  const RuleOutcome outcome = apply(inputs);
  EXPECT_EQ(after(inputs, outcome, kConfig, "pad_token_id"), "null");
  EXPECT_TRUE(warns(outcome, "pad-unknown"));
}

TEST(PadRule, SaysNothingOfANullThatTheBaseHasToo) {
  RuleInputs inputs = inputs_with(R"("eos_token_id": 2, "pad_token_id": null)", R"("eos_token_id": 2)");
  inputs.base = base_with(R"("pad_token_id": null)", "");
  EXPECT_FALSE(warns(apply(inputs), "pad-unknown"));
}

TEST(PadRule, WritesTheBasesPadOnlyWhereItIsAskedTo) {
  RuleInputs inputs =
      inputs_with(R"("eos_token_id": 2, "pad_token_id": 2)", R"("eos_token_id": 2, "pad_token_id": 2)");
  inputs.base = base_with(R"("pad_token_id": 3)", "");
  const RuleOutcome proposed = apply(inputs);
  EXPECT_TRUE(warns(proposed, "pad-stops"));
  EXPECT_EQ(after(inputs, proposed, kGeneration, "pad_token_id"), "2");
  inputs.fix_pad = true;
  const RuleOutcome fixed = apply(inputs);
  EXPECT_THAT(codes(fixed), ElementsAre("pad-stops", "pad-stops"));
  EXPECT_FALSE(warns(fixed, "pad-stops"));
  EXPECT_EQ(after(inputs, fixed, kGeneration, "pad_token_id"), "3");
  EXPECT_EQ(after(inputs, fixed, kConfig, "pad_token_id"), "3");
  EXPECT_THAT(fixed.stops.ids, ElementsAre(2));
}

TEST(PadRule, WritesNoPadThatMeansAnotherToken) {
  RuleInputs inputs = inputs_with(R"("eos_token_id": 2, "pad_token_id": 2)", R"("eos_token_id": 2)");
  inputs.base = base_with(R"("pad_token_id": 3)", "");
  inputs.base->files["tokenizer.json"] = R"({"model": {"vocab": {"b": 3}}})";
  inputs.fix_pad = true;
  const RuleOutcome outcome = apply(inputs);
  EXPECT_THAT(codes(outcome), ElementsAre());
  EXPECT_TRUE(warns(outcome, "pad-stops"));
}

TEST(PadRule, ReportsABeginTokenThatIsAnotherThanTheBases) {
  RuleInputs inputs = inputs_with(R"("eos_token_id": 2, "bos_token_id": 1)", R"("eos_token_id": 2)");
  inputs.base = base_with(R"("bos_token_id": 0)", "");
  const RuleOutcome outcome = apply(inputs);
  EXPECT_TRUE(warns(outcome, "bos-differs"));
  EXPECT_EQ(after(inputs, outcome, "config.json", "bos_token_id"), "1");
  inputs.base = base_with(R"("bos_token_id": 1)", "");
  EXPECT_FALSE(warns(apply(inputs), "bos-differs"));
}

TEST(PadRule, ReportsAPadThatIsTheTurnEnd) {
  const RuleOutcome outcome = apply(
      inputs_with(R"("eos_token_id": 2, "pad_token_id": 2)", R"("eos_token_id": 2, "pad_token_id": 2)"));
  EXPECT_TRUE(warns(outcome, "pad-stops"));
  EXPECT_THAT(codes(outcome), ElementsAre());
}

TEST(PadRule, SaysNothingOfAPadThatIsAnotherStop) {
  const RuleOutcome outcome = apply(
      inputs_with(R"("eos_token_id": 2, "pad_token_id": 0)", R"("eos_token_id": [2, 0], "pad_token_id": 0)"));
  EXPECT_FALSE(warns(outcome, "pad-stops"));
}

TEST(PadRule, ReportsAStoppingPadThatDiffersFromTheBases) {
  RuleInputs inputs = inputs_with(R"("eos_token_id": 2, "pad_token_id": 0)", R"("eos_token_id": [2, 0])");
  inputs.base = base_with(R"("pad_token_id": 3)", "");
  EXPECT_TRUE(warns(apply(inputs), "pad-stops"));
}

}  // namespace
}  // namespace slipway::model
