#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "model/rule_test_support.h"

namespace slipway::model {
namespace {

using namespace testing_support;  // NOLINT

struct Case {
  const char* name;
  const char* before;  // members of generation_config.json
  const char* after;   // its members then, in any order
};

void PrintTo(const Case& one, std::ostream* out) { *out << one.name; }

class ValidGeneration : public testing::TestWithParam<Case> {};

TEST_P(ValidGeneration, IsWhatTransformersSaves) {
  const RuleInputs inputs{.run = run_with(fmt::format(R"({}, "eos_token_id": 2)", kDecoder),
                                          fmt::format(R"("eos_token_id": 2{})", GetParam().before))};
  const std::string text = after(inputs, apply(inputs), "generation_config.json", "");
  const auto seen = json::parse(text);
  const auto wanted = json::parse(fmt::format(R"({{"eos_token_id":2{}}})", GetParam().after));
  ASSERT_TRUE(seen.has_value() && wanted.has_value());
  EXPECT_TRUE(seen->same_as(*wanted)) << text;
}

INSTANTIATE_TEST_SUITE_P(
    Rules, ValidGeneration,
    testing::Values(
        Case{"SamplingWithoutDoSample", R"(, "temperature": 0.7, "top_p": 0.8)",
             R"(,"temperature":0.7,"top_p":0.8,"do_sample":true)"},
        Case{"SamplingWithDoSampleNull", R"(, "do_sample": null, "top_k": 20)",
             R"(,"do_sample":true,"top_k":20)"},
        Case{"SamplingWithDoSample", R"(, "do_sample": true, "min_p": 0.1)",
             R"(,"do_sample":true,"min_p":0.1)"},
        Case{"DefaultsNeedNoSampling", R"(, "temperature": 1.0, "top_k": 50, "top_p": 1)",
             R"(,"temperature":1.0,"top_k":50,"top_p":1)"},
        Case{"GreedyLosesSamplingValues", R"(, "do_sample": false, "temperature": 0.6, "typical_p": 0.9)",
             R"(,"do_sample":false)"},
        Case{"TemperatureZeroIsGreedy", R"(, "temperature": 0.0, "top_p": 0.9)", ""},
        Case{"TemperatureZeroSwitchesSamplingOff", R"(, "do_sample": true, "temperature": 0)",
             R"(,"do_sample":false)"},
        Case{"BeamValuesWithoutBeams", R"(, "early_stopping": true, "length_penalty": 0.8, "num_beams": 1)",
             R"(,"num_beams":1)"},
        Case{"BeamValuesWithBeams", R"(, "early_stopping": true, "length_penalty": 0.8, "num_beams": 4)",
             R"(,"early_stopping":true,"length_penalty":0.8,"num_beams":4)"},
        Case{"OutputFlagsWithoutDict", R"(, "output_scores": true)", ""},
        Case{"OutputFlagsWithDict", R"(, "output_scores": true, "return_dict_in_generate": true)",
             R"(,"output_scores":true,"return_dict_in_generate":true)"},
        Case{"NegativePad", R"(, "pad_token_id": -1)", ""},
        Case{"NoNewTokens", R"(, "max_new_tokens": 0)", ""},
        Case{"WrongEarlyStopping", R"(, "early_stopping": "soon", "num_beams": 2)", R"(,"num_beams":2)"},
        Case{"EarlyStoppingNullWhichVersion4Refuses", R"(, "early_stopping": null, "num_beams": 2)",
             R"(,"num_beams":2)"},
        Case{"NumbersForFlags", R"(, "do_sample": 1, "early_stopping": 1, "num_beams": 2)",
             R"(,"do_sample":true,"early_stopping":true,"num_beams":2)"},
        Case{"TemperatureZeroWithDoSampleNull", R"(, "do_sample": null, "temperature": 0)",
             R"(,"do_sample":false)"},
        Case{"ValuesOutOfRange", R"(, "do_sample": true, "top_p": 1.5, "top_k": -1, "temperature": "hot")",
             R"(,"do_sample":true)"},
        Case{"CachesOfOneEraOnly", R"(, "cache_implementation": "paged")", ""},
        Case{"CachesOfBothEras", R"(, "cache_implementation": "static")",
             R"(,"cache_implementation":"static")"},
        Case{"CompileConfig", R"(, "compile_config": {})", ""},
        Case{"WatermarkOutOfRange", R"(, "watermarking_config": {"greenlist_ratio": 2})", ""},
        Case{"Watermark", R"(, "watermarking_config": {"bias": 3})", R"(,"watermarking_config":{"bias":3})"},
        Case{"ArgumentsOfGenerate", R"(, "streamer": null, "assistant_model": "x")", ""},
        Case{"ForcedAndSuppressed", R"(, "suppress_tokens": [2, 3], "forced_eos_token_id": 2)",
             R"(,"suppress_tokens":[2,3])"},
        Case{"MoreAnswersThanBeams", R"(, "num_beams": 2, "num_return_sequences": 3)", R"(,"num_beams":2)"},
        Case{"SeveralGreedyAnswers", R"(, "num_return_sequences": 3)", ""},
        Case{"SeveralSampledAnswers", R"(, "do_sample": true, "num_return_sequences": 3)",
             R"(,"do_sample":true,"num_return_sequences":3)"}),
    [](const testing::TestParamInfo<Case>& one) { return one.param.name; });

TEST(ValidityRule, TakesDeadSamplingValuesOutOfTheConfig) {
  const RuleInputs inputs{
      .run = run_with(fmt::format(R"({}, "eos_token_id": 2, "temperature": 0.7, "top_k": 2)", kDecoder),
                      R"("eos_token_id": 2)")};
  const RuleOutcome outcome = apply(inputs);
  EXPECT_EQ(after(inputs, outcome, "config.json", "temperature"), "");
  EXPECT_EQ(after(inputs, outcome, "config.json", "top_k"), "2");  // may be a number of experts
  EXPECT_EQ(after(inputs, outcome, "generation_config.json", ""), R"({"eos_token_id":2})");
}

TEST(ValidityRule, SamplesWhereTheConfigsValuesBecomeTheGenerationConfig) {
  const RuleInputs inputs{
      .run = run_with(fmt::format(R"({}, "eos_token_id": 2, "temperature": 0.7)", kDecoder), "-")};
  const RuleOutcome outcome = apply(inputs);
  EXPECT_EQ(after(inputs, outcome, "generation_config.json", "do_sample"), "true");
  EXPECT_EQ(after(inputs, outcome, "config.json", "temperature"), "0.7");
}

TEST(ValidityRule, TakesBeamValuesOutOfTheConfigThatVersion4WouldMove) {
  const RuleInputs inputs{
      .run =
          run_with(fmt::format(R"({}, "eos_token_id": 2, "length_penalty": 2.0, "num_beams": 1)", kDecoder),
                   R"("eos_token_id": 2)")};
  const RuleOutcome outcome = apply(inputs);
  EXPECT_EQ(after(inputs, outcome, "config.json", "length_penalty"), "");
  EXPECT_EQ(after(inputs, outcome, "config.json", "num_beams"), "1");
}

TEST(ValidityRule, TakesOutOfTheConfigWhatMakesItUnloadableAlone) {
  const RuleInputs inputs{
      .run =
          run_with(fmt::format(R"({}, "eos_token_id": 2, "num_return_sequences": 3, "compile_config": {{}})",
                               kDecoder),
                   R"("eos_token_id": 2, "do_sample": true)")};
  const RuleOutcome outcome = apply(inputs);
  EXPECT_THAT(codes(outcome), testing::ElementsAre("generation-value-invalid", "generation-value-invalid"));
  EXPECT_EQ(after(inputs, outcome, "config.json", "num_return_sequences"), "");
}

TEST(ValidityRule, SaysWhatTransformersAndVllmDoBeforeAndAfter) {
  const RuleInputs inputs{
      .run = run_with(
          fmt::format(R"({}, "eos_token_id": 2, "temperature": 0.5)", kDecoder),
          R"("eos_token_id": 2, "do_sample": false, "top_p": 0.9, "length_penalty": 2, "streamer": null,
                         "typical_p": 0.5, "output_scores": true, "num_return_sequences": 2, "pad_token_id": -1)")};
  const RuleOutcome outcome = apply(inputs);
  EXPECT_EQ(outcome.fixes.size(), 8U);
  for (const Fix& fix : outcome.fixes)
    for (const char* word : {"before, ", "; after, ", "transformers", "vLLM"})
      EXPECT_NE(fix.reason.find(word), std::string::npos) << fix.path << ": " << fix.reason;
}

}  // namespace
}  // namespace slipway::model
