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

}  // namespace
}  // namespace slipway::model
