// Every family of tests/golden/stops as a tiny run: the stop set must be the measured one.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <functional>
#include <sstream>

#include "model/family_test_support.h"
#include "model/rule_test_support.h"
#include "support/source_dir.h"

namespace slipway::model::testing_support {
namespace {

std::string read_source(const std::string& path) {
  std::ifstream file(slipway::testing::source_dir() + "/" + path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

void for_each(const std::function<void(const Family&)>& check) {
  const std::vector<Family> families = read_families();
  ASSERT_GT(families.size(), 70U);
  for (const Family& family : families) {
    SCOPED_TRACE(family.name());
    check(family);
  }
}

TEST(Families, StopWhereTheyWereMeasuredToStop) {
  for_each([](const Family& family) {
    const std::vector<TokenId> wanted = family.measured_stops();
    if (wanted.empty()) return;
    const RuleOutcome outcome = apply(family.run(Form::kFull, Era::k5));
    EXPECT_EQ(outcome.stops.ids, wanted) << outcome.stops.turn_end.why;
  });
}

TEST(Families, EndTheirTurnsWithTheMeasuredTokenOrNoneIsDecided) {
  std::size_t decided = 0;
  for_each([&](const Family& family) {
    if (!family.has_whole_tail()) return;
    const auto tokenizer = read_tokenizer(family.run(Form::kFull, Era::k5).run);
    ASSERT_TRUE(tokenizer.has_value());
    const TurnEnd end = read_turn_end(*tokenizer);
    const std::string wanted = family.turn_end();
    const bool knows = tokenizer->special.contains(wanted);
    EXPECT_EQ(end.verdict == TurnEnd::Verdict::kDecided, knows) << end.why;
    if (end.verdict != TurnEnd::Verdict::kDecided) return;
    EXPECT_EQ(end.token, wanted);
    ++decided;
  });
  EXPECT_GE(decided, 60U);
}

struct Written {
  const char* file;    // of tests/golden/templates: a whole template in the family's style
  const char* family;  // whose tokens it is rendered with
};

TEST(Families, EndTheirTurnsAlikeInTemplatesOfTheirStyle) {
  constexpr Written kWritten[] = {{"command-r", "command-r/instruct"},
                                  {"deepseek-r1", "deepseek-r1/instruct"},
                                  {"deepseek-v3", "deepseek-v3/instruct"},
                                  {"gemma", "gemma-2/base"},
                                  {"glm-4", "glm-4/instruct"},
                                  {"gpt-oss", "gpt-oss/instruct"},
                                  {"granite", "granite-3/instruct"},
                                  {"kimi-k2", "kimi-k2/instruct"},
                                  {"llama-2", "llama-2/instruct"},
                                  {"llama-3.1", "llama-3.1/instruct"},
                                  {"mistral", "mistral-7b-v0.3/instruct"},
                                  {"nemotron", "nemotron-nano-v2/instruct"},
                                  {"olmo", "olmo-2/instruct"},
                                  {"phi-3", "phi-3/instruct"},
                                  {"phi-4", "phi-4/instruct"},
                                  {"qwen2.5", "qwen2.5/base"},
                                  {"qwen3", "qwen3/base"},
                                  {"smollm3", "smollm3/instruct"},
                                  {"starcoder2", "starcoder2/base"},
                                  {"yi", "yi/base"},
                                  {"zephyr", "zephyr/instruct"}};
  const std::vector<Family> families = read_families();
  for (const Written& written : kWritten) {
    SCOPED_TRACE(written.file);
    const auto family = std::ranges::find(families, written.family, &Family::name);
    ASSERT_NE(family, families.end());
    auto tokenizer = read_tokenizer(family->run(Form::kFull, Era::k5).run);
    ASSERT_TRUE(tokenizer.has_value());
    tokenizer->chat_template = read_source(fmt::format("tests/golden/templates/{}.jinja", written.file));
    const TurnEnd end = read_turn_end(*tokenizer);
    EXPECT_EQ(end.token, family->turn_end()) << end.why;
    EXPECT_EQ(end.verdict == TurnEnd::Verdict::kDecided, !family->turn_end().empty()) << end.why;
  }
}

TEST(StopTable, HoldsEveryStopOfThePublisherAndSaysWhyItHoldsMore) {
  for_each([](const Family& family) {
    const StopRow row = stop_row(family);
    EXPECT_TRUE(row.missing.empty());
    for (const std::string& added : row.added) EXPECT_FALSE(added.ends_with(": ")) << added;
  });
}

TEST(StopTable, StopsAlikeAsAModelAndAsAnAdapterInBothErasForms) {
  for_each([](const Family& family) {
    const StopRow row = stop_row(family);
    EXPECT_TRUE(row.alike);
  });
}

TEST(StopTable, ThePageShowsIt) {
  EXPECT_TRUE(read_source("docs/stop-table.md") == stop_table_page()) << "run ./dev docs";
}

}  // namespace
}  // namespace slipway::model::testing_support
