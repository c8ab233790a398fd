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
    const bool knows = tokenizer->special.contains(wanted) && wanted != kOpensTheNextMessage;
    EXPECT_EQ(end.verdict == TurnEnd::Verdict::kDecided, knows) << end.why;
    if (end.verdict != TurnEnd::Verdict::kDecided) return;
    EXPECT_EQ(end.token, wanted);
    ++decided;
  });
  EXPECT_GE(decided, 60U);
}

TEST(StopTable, HoldsEveryStopOfThePublisherAndSaysWhyItHoldsMore) {
  for_each([](const Family& family) {
    const StopRow row = stop_row(family);
    EXPECT_TRUE(row.missing.empty());
    for (const std::string& added : row.added) EXPECT_FALSE(added.ends_with(": ")) << added;
  });
}

TEST(StopTable, StopsAlikeAsAModelAndAsAnAdapterInBothErasForms) {
  for_each([](const Family& family) { EXPECT_TRUE(stop_row(family).alike); });
}

TEST(StopTable, ThePageShowsIt) {
  std::ifstream file(slipway::testing::source_dir() + "/docs/stop-table.md");
  std::stringstream page;
  page << file.rdbuf();
  EXPECT_TRUE(page.str() == stop_table_page()) << "run ./dev docs";
}

}  // namespace
}  // namespace slipway::model::testing_support
