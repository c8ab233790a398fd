#include "text/line_diff.h"

#include <gtest/gtest.h>

#include <fmt/format.h>

namespace slipway::text {
namespace {

TEST(LineDiff, SaysNothingOfEqualTextsWhateverTheirLineEnds) {
  EXPECT_EQ(line_diff("", "", 10), "");
  EXPECT_EQ(line_diff("a\nb\n", "a\r\nb", 10), "");
}

TEST(LineDiff, ShowsWhatWentAndWhatCameWithTwoLinesAround) {
  EXPECT_EQ(line_diff("1\n2\n3\nold\n4\n5\n6\n", "1\n2\n3\nnew\n4\n5\n6\n", 10),
            "  2\n  3\n- old\n+ new\n  4\n  5\n...\n");
}

TEST(LineDiff, KeepsWhatBothHaveBetweenTwoChanges) {
  EXPECT_EQ(line_diff("a\nx\nb\n", "c\nx\nd\n", 10), "- a\n+ c\n  x\n- b\n+ d\n");
  EXPECT_EQ(line_diff("a\nb\n", "a\nb\nc\n", 10), "  a\n  b\n+ c\n");
  EXPECT_EQ(line_diff("a\n", "", 10), "- a\n");
}

TEST(LineDiff, SaysHowManyLinesItLeavesOut) {
  EXPECT_EQ(line_diff("", "a\nb\nc\n", 1), "+ a\n... and 2 more lines\n");
}

TEST(LineDiff, TakesLongTextsAsChangedWhole) {
  std::string before;
  std::string after;
  for (int i = 0; i < 3'000; ++i) {
    before += fmt::format("{}\n", i);
    after += fmt::format("{}\n", i * 2 + 1);
  }
  EXPECT_NE(line_diff(before, after, 5).find("and 5995 more lines"), std::string::npos);
}

}  // namespace
}  // namespace slipway::text
