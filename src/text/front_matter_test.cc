#include "text/front_matter.h"

#include <gtest/gtest.h>

namespace slipway::text {
namespace {

FrontMatter front_of(std::string_view block) {
  auto front = FrontMatter::parse(block);
  EXPECT_TRUE(front.has_value()) << (front ? "" : front.error().message);
  return front ? *std::move(front) : FrontMatter();
}

std::string after_set(std::string_view block, std::string_view key, const json::Value& value) {
  FrontMatter front = front_of(block);
  EXPECT_TRUE(front.set(key, value).has_value());
  return front.text();
}

TEST(SplitCard, FindsTheBlockAndTheBody) {
  const CardParts parts = split_card("---\nlicense: mit\n---\n\n# Hello\n");
  EXPECT_TRUE(parts.has_block);
  EXPECT_EQ(parts.block, "license: mit");
  EXPECT_EQ(parts.body, "\n# Hello\n");
}

TEST(SplitCard, ATextWithoutABlockIsAllBody) {
  for (const std::string_view card : {"", "# Hello\n", "text\n---\na: 1\n---\n", "---\nlicense: mit\n",
                                      "--- \na: 1\n---\n", "----\na: 1\n---\n", "---\na: 1\n--- x\n"}) {
    const CardParts parts = split_card(card);
    EXPECT_FALSE(parts.has_block) << card;
    EXPECT_EQ(parts.body, card);
  }
}

TEST(SplitCard, BlanksMayStandBeforeTheBlockAndBehindItsEnd) {
  const CardParts parts = split_card("\n\n---\na: 1\n--- \t\nbody");
  EXPECT_TRUE(parts.has_block);
  EXPECT_EQ(parts.before, "\n\n");
  EXPECT_EQ(parts.body, "body");
}

TEST(SplitCard, AnEmptyBlockNeedsALineOfItsOwn) {
  EXPECT_FALSE(split_card("---\n---\n").has_block);
  EXPECT_TRUE(split_card("---\n\n---\n").has_block);
  EXPECT_TRUE(split_card("---\r\n---\r\n").has_block);  // as the Hub's pattern has it
}

TEST(JoinCard, GivesBackWhatWasSplit) {
  for (const std::string_view card :
       {"", "# x", "---\na: 1\n---\n", "---\na: 1\n---\nbody", "---\r\na: 1\r\nb: 2\r\n---\r\nbody\r\n",
        "\n \n---\n# c\na: 1\n---\n\nx", "\xEF\xBB\xBF---\na: 1\n---\nx", "\xEF\xBB\xBFx", "---\n\n---\nx"}) {
    EXPECT_EQ(join_card(split_card(card)), card);
  }
}

TEST(FrontMatter, ReplacesAnEntryWhereItStands) {
  EXPECT_EQ(after_set("# top\na: 1\nb: [x]  # why\n# about c\nc: 3", "b", json::Value::array({"y", "z"})),
            "# top\na: 1\nb:\n- y\n- z\n# about c\nc: 3");
}

TEST(FrontMatter, AppendsANewEntry) {
  EXPECT_EQ(after_set("a: 1\n# end", "b", "x: y"), "a: 1\n# end\nb: 'x: y'");
  EXPECT_EQ(after_set("", "a", true), "a: true");
}

TEST(FrontMatter, LeavesTheLinesOfAnEqualValue) {
  EXPECT_EQ(after_set("a:   'x'  # keep", "a", "x"), "a:   'x'  # keep");
}

TEST(FrontMatter, ErasesAWholeEntry) {
  FrontMatter front = front_of("a:\n  - x\n\n  - y\n\nb: |\n  text\n\n  more\nc: 1");
  ASSERT_TRUE(front.erase("a").has_value());
  EXPECT_EQ(front.text(), "\nb: |\n  text\n\n  more\nc: 1");
  ASSERT_TRUE(front.erase("b").has_value());
  EXPECT_EQ(front.text(), "\nc: 1");
  ASSERT_TRUE(front.erase("never there").has_value());
}

TEST(FrontMatter, WritesABlockAnewWhoseEntriesShareLines) {
  EXPECT_EQ(after_set("{a: 1, b: [x, y]}", "a", 2), "a: 2\nb:\n- x\n- y");
  EXPECT_EQ(after_set("  a: 1\n  b: 2", "a", 2), "a: 2\nb: 2");
  EXPECT_EQ(after_set("%YAML 1.1\n---\na: 1\n...", "b", 2), "a: 1\nb: 2");
}

TEST(FrontMatter, AnAnchorThatOthersNeedSurvivesItsEntry) {
  FrontMatter front = front_of("a: &x [1]\nb: *x");
  ASSERT_TRUE(front.erase("a").has_value());
  EXPECT_EQ(front.find("a"), nullptr);
  EXPECT_EQ(front.find("b")->items.size(), 1u);
}

TEST(FrontMatter, FindsWhatItSet) {
  FrontMatter front = front_of("a: 1");
  ASSERT_TRUE(front.set("b", "two").has_value());
  EXPECT_EQ(front.find("b")->text, "two");
  EXPECT_EQ(front.find("b")->line, 2);
}

TEST(FrontMatter, RefusesWhatIsNoMap) {
  for (const std::string_view block : {"- a", "text", "a: [", "a: 1\na: 2"}) {
    EXPECT_FALSE(FrontMatter::parse(block).has_value()) << block;
  }
  EXPECT_EQ(FrontMatter::parse("- a").error().message,
            "line 1: the front matter must be a map of keys and values, this is a list");
}

}  // namespace
}  // namespace slipway::text
