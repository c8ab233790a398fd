#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "model/rule_test_support.h"

namespace slipway::model {
namespace {

using namespace testing_support;  // NOLINT
using testing::ElementsAre;
using testing::IsEmpty;

// A model that generates nothing, so that the other rules stay out of the way.
RuleInputs config_with(std::string_view members) {
  return {.run = {{{"config.json", fmt::format(R"({{"architectures":["Model"],{}}})", members)}}}};
}

// What the rules added to a config of architectures, model_type and rope_parameters.
std::string added(const RuleInputs& inputs, const RuleOutcome& outcome) {
  const json::Value whole = json::parse(after(inputs, outcome, "config.json", "")).value();
  json::Value rest = json::Value::object();
  for (const auto& [key, value] : whole.members())
    if (key != "architectures" && key != "model_type" && key != "rope_parameters") rest.set(key, value);
  return json::print_compact(rest);
}

struct Golden {
  const char* name;
  const char* model_type;
  const char* parameters;  // rope_parameters, as transformers 5 writes them
  const char* added;
};

class RopeGoldens : public testing::TestWithParam<Golden> {};

TEST_P(RopeGoldens, AreWrittenInTheOldKeysToo) {
  const RuleInputs inputs = config_with(
      fmt::format(R"("model_type":"{}","rope_parameters":{})", GetParam().model_type, GetParam().parameters));
  const RuleOutcome outcome = apply(inputs);
  EXPECT_EQ(added(inputs, outcome), GetParam().added);
  EXPECT_EQ(after(inputs, outcome, "config.json", "rope_parameters"), GetParam().parameters);
  EXPECT_THAT(codes(outcome), testing::Each("rope-new-keys-only"));
}

INSTANTIATE_TEST_SUITE_P(
    Families, RopeGoldens,
    testing::Values(
        Golden{"default", "llama", R"({"rope_theta":500000.0,"rope_type":"default"})",
               R"({"rope_theta":500000.0})"},
        Golden{
            "llama3", "llama",
            R"({"factor":8.0,"high_freq_factor":4.0,"low_freq_factor":1.0,)"
            R"("original_max_position_embeddings":8192,"rope_theta":5e5,"rope_type":"llama3"})",
            R"({"rope_scaling":{"factor":8.0,"high_freq_factor":4.0,"low_freq_factor":1.0,)"
            R"("original_max_position_embeddings":8192,"rope_type":"llama3","type":"llama3"},"rope_theta":5e5})"},
        Golden{"linear_llama", "llama", R"({"factor":4.0,"rope_theta":1.0,"rope_type":"linear"})",
               R"({"rope_scaling":{"factor":4.0,"type":"linear"},"rope_theta":1.0})"},
        Golden{"dynamic_cohere", "cohere", R"({"factor":4.0,"rope_theta":1.0,"rope_type":"dynamic"})",
               R"({"rope_scaling":{"factor":4.0,"rope_type":"dynamic","type":"dynamic"},"rope_theta":1.0})"},
        Golden{
            "yarn", "qwen2",
            R"({"factor":4.0,"original_max_position_embeddings":32768,"rope_theta":1e6,"rope_type":"yarn"})",
            R"({"rope_scaling":{"factor":4.0,"original_max_position_embeddings":32768,"rope_type":"yarn",)"
            R"("type":"yarn"},"rope_theta":1e6})"},
        Golden{"longrope_phi3", "phi3",
               R"({"long_factor":[2.0],"original_max_position_embeddings":4096,"partial_rotary_factor":1.0,)"
               R"("rope_theta":10000.0,"rope_type":"longrope","short_factor":[1.0]})",
               R"({"original_max_position_embeddings":4096,"partial_rotary_factor":1.0,"rope_scaling":)"
               R"({"long_factor":[2.0],"short_factor":[1.0],"type":"longrope"},"rope_theta":10000.0})"},
        Golden{"mrope", "qwen2_vl_text",
               R"({"mrope_section":[16,24,24],"rope_theta":1e6,"rope_type":"default","type":"mrope"})",
               R"({"rope_scaling":{"mrope_section":[16,24,24],"rope_type":"default","type":"default"},)"
               R"("rope_theta":1e6})"},
        Golden{"partial", "glm", R"({"partial_rotary_factor":0.5,"rope_theta":1e4,"rope_type":"default"})",
               R"({"partial_rotary_factor":0.5,"rope_theta":1e4})"},
        Golden{"gpt_neox", "gpt_neox",
               R"({"partial_rotary_factor":0.25,"rope_theta":10000,"rope_type":"default"})",
               R"({"rotary_emb_base":10000,"rotary_pct":0.25})"},
        Golden{
            "gemma3", "gemma3_text",
            R"({"full_attention":{"factor":8.0,"rope_theta":1e6,"rope_type":"linear"},)"
            R"("sliding_attention":{"rope_theta":1e4,"rope_type":"default"}})",
            R"({"rope_local_base_freq":1e4,"rope_scaling":{"factor":8.0,"rope_type":"linear","type":"linear"},)"
            R"("rope_theta":1e6})"},
        Golden{"modernbert", "modernbert",
               R"({"full_attention":{"rope_theta":160000.0},"sliding_attention":{"rope_theta":10000.0}})",
               R"({"global_rope_theta":160000.0,"local_rope_theta":10000.0})"},
        Golden{"scaled_unless_told", "gpt_oss", R"({"rope_theta":1.5e5,"rope_type":"default"})",
               R"({"rope_scaling":null,"rope_theta":1.5e5})"},
        Golden{"always_scaled", "qwen3_vl_text", R"({"rope_theta":5e6,"rope_type":"default"})",
               R"({"rope_scaling":{"rope_type":"default","type":"default"},"rope_theta":5e6})"}),
    [](const auto& row) { return row.param.name; });

TEST(RopeRule, GoesThroughEveryLevel) {
  const RuleInputs inputs = config_with(
      R"("model_type":"qwen2_5_omni","thinker_config":{"text_config":{"rope_parameters":{"rope_theta":1e6}}})");
  const RuleOutcome outcome = apply(inputs);
  EXPECT_EQ(after(inputs, outcome, "config.json", "thinker_config.text_config.rope_theta"), "1e6");
}

TEST(RopeRule, LeavesWhatAgreesAlone) {
  for (const char* members :
       {R"("rope_theta":10000,"rope_parameters":{"rope_theta":10000.0})",
        R"("rope_theta":1e4,"rope_scaling":{"type":"linear","factor":2},)"
        R"("rope_parameters":{"rope_theta":1e4,"rope_type":"linear","factor":2.0})",
        R"("model_type":"llama","rope_theta":1e4,"rope_scaling":null)", R"("rope_parameters":null)",
        R"("model_type":"new","rope_parameters":{"full_attention":{"rope_theta":1.0}})"}) {
    SCOPED_TRACE(members);
    const RuleOutcome outcome = apply(config_with(members));
    EXPECT_THAT(codes(outcome), IsEmpty());
    EXPECT_FALSE(warns(outcome, "rope-forms-differ"));
  }
}

TEST(RopeRule, ReportsFormsThatDifferAndTouchesNeither) {
  for (
      const char* members :
      {R"("rope_theta":10000.0,"rope_parameters":{"rope_theta":50000.0})",
       R"("rope_scaling":null,"rope_parameters":{"rope_theta":1e4,"rope_type":"linear","factor":2.0})",
       R"("rope_scaling":{"type":"linear","factor":3},"rope_parameters":{"rope_type":"linear","factor":2.0})",
       R"("rope_scaling":{"type":"yarn","factor":2},"rope_parameters":{"rope_type":"linear","factor":2.0})"}) {
    SCOPED_TRACE(members);
    const RuleOutcome outcome = apply(config_with(members));
    EXPECT_THAT(codes(outcome), IsEmpty());
    EXPECT_TRUE(warns(outcome, "rope-forms-differ"));
  }
}

TEST(RopeRule, WritesTheNewKeyWhereTransformers5MisreadsTheOldOnes) {
  const RuleInputs olmo =
      config_with(R"("model_type":"olmo3","rope_theta":7e4,"rope_scaling":{"type":"linear","factor":2})");
  const RuleOutcome outcome = apply(olmo);
  EXPECT_THAT(codes(outcome), ElementsAre("rope-old-keys-misread"));
  EXPECT_EQ(after(olmo, outcome, "config.json", "rope_parameters"),
            R"({"full_attention":{"rope_type":"linear","type":"linear","factor":2,"rope_theta":7e4},)"
            R"("sliding_attention":{"rope_type":"default","rope_theta":7e4}})");
  const RuleInputs oss = config_with(R"("model_type":"gpt_oss","rope_theta":1.5e5,"rope_scaling":null)");
  EXPECT_EQ(after(oss, apply(oss), "config.json", "rope_parameters"),
            R"({"rope_theta":1.5e5,"rope_type":"default"})");
}

TEST(RopeRule, NeverTouchesTheBasesConfigBesideAnAdapter) {
  RuleInputs inputs = config_with(R"("rope_parameters":{"rope_theta":5e5})");
  inputs.adapter = true;
  EXPECT_THAT(codes(apply(inputs)), IsEmpty());
}

}  // namespace
}  // namespace slipway::model
