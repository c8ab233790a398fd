#include "text/json_scan.h"

#include <gtest/gtest.h>

namespace slipway::json {
namespace {

std::string walk(std::string_view text, std::size_t at = 0) {
  auto scan = Scan::open(text, at);
  if (!scan) return "!" + scan.error().message;
  std::string seen;
  for (ScanItem item;;) {
    const auto more = scan->next(item);
    if (!more) return "!" + more.error().message;
    if (!*more) return seen + fmt::format("|{}", text.substr(scan->end()));
    seen += fmt::format("({}={})", item.key, text.substr(item.begin, item.end - item.begin));
  }
}

TEST(JsonScan, GivesEachMemberItsRange) {
  EXPECT_EQ(walk(" { \"a\" : 1 ,\n\"b\":{\"c\":[1,{}]}, \"d\":\"x}\\\"\" } "),
            R"((a=1)(b={"c":[1,{}]})(d="x}\"")| )");
  EXPECT_EQ(walk("[[\"a\",-1.5],[\"]\",0]]"), R"((=["a",-1.5])(=["]",0])|)");
  EXPECT_EQ(walk("{}"), "|");
  EXPECT_EQ(walk(R"({"x":{"y":2}})", 5), R"((y=2)|})");
  EXPECT_EQ(walk(R"({"\u0061\n":null})"), "(a\n=null)|");
}

TEST(JsonScan, SaysWhereATextIsBroken) {
  EXPECT_EQ(walk(""), "!line 1, column 1: an object or array is wanted here");
  EXPECT_EQ(walk("{\"a\":1"), "!line 1, column 7: the text ends early");
  EXPECT_EQ(walk("{\n\"a\" 1}"), "!line 2, column 5: a colon is wanted here");
  EXPECT_EQ(walk("{\"a\":[}"), "!line 1, column 7: this bracket closes none");
  EXPECT_EQ(walk("{\"a\":\"b"), "!line 1, column 8: a string is not closed");
  EXPECT_EQ(walk("{\"a\":\"b\\"), "!line 1, column 9: a string is not closed");
  EXPECT_EQ(walk("{\"a\":}"), "!line 1, column 6: a value is wanted here");
  EXPECT_EQ(walk("{\"a\":1 \"b\":2}"), "!line 1, column 8: a comma is wanted here");
  EXPECT_EQ(walk("{\"a\":" + std::string(200, '[')), "!line 1, column 134: nested too deeply");
}

TEST(JsonScan, AgreesWithTheParserOnWhereMembersStand) {
  const std::string text =
      R"({"model": {"vocab": {"a": 0, "{": 1}}, "padding": null, "added_tokens": [{"id": 2}]})";
  const Value root = parse(text).value();
  auto scan = Scan::open(text).value();
  ScanItem item;
  for (const auto& [key, value] : root.members()) {
    ASSERT_TRUE(scan.next(item).value());
    EXPECT_EQ(item.key, key);
    EXPECT_EQ(item.begin, value.begin);
    EXPECT_EQ(item.end, value.end);
  }
  EXPECT_FALSE(scan.next(item).value());
}

}  // namespace
}  // namespace slipway::json
