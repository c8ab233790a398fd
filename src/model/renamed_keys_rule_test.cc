#include <fmt/format.h>
#include <gmock/gmock.h>

#include "model/rule_test_support.h"

namespace slipway::model {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing_support::codes;

// A kind that does not generate: no other rule has anything to write.
RuleOutcome after(const std::string& config) {
  const std::string whole = R"({"architectures": ["X"], )" + config.substr(1);
  const auto outcome =
      apply_rules({.run = {{{"config.json", config.find("\"X\"") == config.npos ? whole : config}}}});
  EXPECT_TRUE(outcome.has_value());
  return outcome ? *outcome : RuleOutcome{};
}

std::string written(const std::string& config) {
  const RuleOutcome outcome = after(config);
  const std::string* text = outcome.files.find("config.json");
  return text == nullptr ? config : *text;
}

TEST(RenamedKeys, StandUnderBothNames) {
  const std::string moe = R"({"model_type": "qwen3_moe", "num_local_experts": 4})";
  EXPECT_THAT(written(moe), HasSubstr(R"("num_experts": 4)"));
  EXPECT_THAT(codes(after(moe)), ElementsAre("config-new-keys-only"));
  EXPECT_THAT(codes(after(written(moe))), IsEmpty());
}

TEST(RenamedKeys, OfALevelBelowAreWrittenThere) {
  const RuleOutcome outcome =
      after(R"({"model_type": "qwen3_vl_moe", "text_config": {"model_type": "qwen3_vl_moe_text",
                "num_local_experts": 8}})");
  ASSERT_THAT(outcome.fixes, testing::SizeIs(1));
  EXPECT_EQ(outcome.fixes[0].path, "text_config.num_experts");
  EXPECT_EQ(outcome.fixes[0].after, "8");
}

TEST(RenamedKeys, OfOtherFamiliesAndWhatIsThereStay) {
  EXPECT_THAT(codes(after(R"({"model_type": "mixtral", "num_local_experts": 4})")), IsEmpty());
  EXPECT_THAT(codes(after(R"({"model_type": "qwen3_moe", "num_local_experts": null})")), IsEmpty());
  EXPECT_THAT(codes(after(R"({"model_type": "qwen3_moe", "num_local_experts": 4, "num_experts": 2})")),
              IsEmpty());
}

TEST(RenamedKeys, LayersAtOneDistanceAreCounted) {
  const auto config = [](const char* layers) {
    return fmt::format(R"({{"model_type": "modernbert", "layer_types": [{}]}})", layers);
  };
  constexpr const char* kFull = R"("full_attention", )";
  constexpr const char* kLocal = R"("sliding_attention")";
  const std::string pair = fmt::format("{}{}", kFull, kLocal);
  EXPECT_THAT(written(config(fmt::format("{0}, {0}, {0}", pair).c_str())),
              HasSubstr(R"("global_attn_every_n_layers": 2)"));
  EXPECT_THAT(written(config(fmt::format("{}, {}", pair, kLocal).c_str())),
              HasSubstr(R"("global_attn_every_n_layers": 3)"));
  EXPECT_THAT(codes(after(config(fmt::format("{}, {}{}", pair, kFull, pair).c_str()))), IsEmpty());
  EXPECT_THAT(codes(after(config(kLocal))), IsEmpty());
}

}  // namespace
}  // namespace slipway::model
