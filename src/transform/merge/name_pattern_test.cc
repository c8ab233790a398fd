#include "transform/merge/name_pattern.h"

#include <gtest/gtest.h>

#include "slipway/json.h"
#include "support/golden.h"

namespace slipway::transform {
namespace {

bool matches(std::string_view key, std::string_view name) {
  const auto pattern = NamePattern::parse(key);
  EXPECT_TRUE(pattern) << key << ": " << describe(pattern.error());
  return pattern && pattern->matches(name);
}

TEST(NamePattern, MatchesAsPythonDoes) {
  EXPECT_TRUE(matches("q_proj", "model.layers.0.q_proj"));
  EXPECT_FALSE(matches("proj", "model.layers.0.q_proj"));
  EXPECT_TRUE(matches(R"(layers\.(?:[0-9]|1\d)\.q_proj)", "model.layers.11.q_proj"));
  EXPECT_FALSE(matches(R"(layers\.(?:[0-9]|1\d)\.q_proj)", "model.layers.21.q_proj"));
  EXPECT_TRUE(matches(R"(layers\.\d{2,3}\.[^k]_proj)", "model.layers.123.q_proj"));
  EXPECT_FALSE(matches(R"(layers\.\d{2,3}\.[^k]_proj)", "model.layers.1.q_proj"));
  EXPECT_FALSE(matches(R"(layers\.\d{2,3}\.[^k]_proj)", "model.layers.12.k_proj"));
  EXPECT_TRUE(matches("^model.*?mlp$", "model.layers.0.mlp"));
  EXPECT_TRUE(matches("(?P<side>up|down)_proj|gate", "mlp.gate"));
  EXPECT_TRUE(matches("(a*)*b", "x.aaab"));
  EXPECT_TRUE(matches("[]a-c.]+", "x.]ab"));
}

TEST(NamePattern, DecidesAsTheVectorsSay) {
  const json::Value root = slipway::testing::golden_json("merge/lora_merge.json");
  const auto cases = root.find("pattern_rules")->find("cases")->items();
  ASSERT_GE(cases.size(), 14U);
  for (const json::Value& one : cases) {
    const json::Value* wanted = one.find("matched_key");
    std::string found;
    for (const auto& [key, value] : one.find("pattern")->members())
      if (found.empty() && matches(key, slipway::testing::text_of(one, "module"))) found = key;
    EXPECT_EQ(found, wanted->string()) << json::print_compact(one);
  }
}

TEST(NamePattern, RefusesWhatItDoesNotRead) {
  for (const char* key : {"(?=q)q_proj", "(?i)q", R"((q)\1)", R"(\bq)", "q++", "*q", "(q", "q)", "[q", "q{2",
                          "a**", "[z-a]", "q{5,2}", "q{9999}", "\\"})
    EXPECT_FALSE(NamePattern::parse(key)) << key;
}

// What takes a backtracking matcher longer than the world stands.
TEST(NamePattern, TakesNoLongerForAnEvilPattern) {
  EXPECT_FALSE(matches("(a|a)*(a|a)*(a*)*(a|aa)+b", std::string(4000, 'a')));
}

TEST(NamePattern, RefusesAProgramThatWouldBeTooLarge) {
  EXPECT_FALSE(NamePattern::parse("((((a{99}){99}){99}){99}){99}"));
  EXPECT_FALSE(NamePattern::parse("((((){999}){999}){999}){999}"));
  EXPECT_FALSE(NamePattern::parse(std::string(5000, 'a') + "*"));
  EXPECT_FALSE(NamePattern::parse(std::string(200, '(') + std::string(200, ')')));
}

}  // namespace
}  // namespace slipway::transform
