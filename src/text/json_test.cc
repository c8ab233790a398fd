#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <random>

#include "slipway/json.h"
#include "support/golden.h"
#include "text/strict_json.h"

namespace slipway::json {
namespace {

Value parsed(std::string_view text, bool allow_nan = false) {
  auto value = parse(text, {.allow_nan = allow_nan});
  EXPECT_TRUE(value.has_value()) << text << ": " << (value ? "" : value.error().message);
  return value ? *value : Value();
}

TEST(JsonParse, AcceptsWhatTheStandardAllows) {
  for (const char* good : {"null", " true ", "-0", "1e5", "1E-07", "\"\\u00e9\\ud83d\\udea2\"", "[]", "{}",
                           "[1,[2,{}]]", "{\"a\":1,\"b\":[null]}", "\r\n\t 1"}) {
    EXPECT_TRUE(parse(good)) << good;
  }
}

TEST(JsonParse, RefusesEverythingElse) {
  for (const char* bad : {"",
                          "nul",
                          "01",
                          "1.",
                          ".5",
                          "+1",
                          "1e",
                          "--1",
                          "0x1",
                          "[1,]",
                          "[,1]",
                          "{\"a\"}",
                          "{\"a\":}",
                          "{\"a\":1,}",
                          "{a:1}",
                          "'a'",
                          "\"a",
                          "\"\\x\"",
                          "\"\\ud83d\"",
                          "\"\\udea2\"",
                          "\"\\ud83dx\"",
                          "\"\n\"",
                          "\"\x01\"",
                          "1 2",
                          "[1",
                          "{",
                          "NaN",
                          "-Infinity",
                          "\xEF\xBB\xBF"
                          "1",
                          "\"\xFF\"",
                          "\"\xED\xA0\x80\"",
                          "tru\"e\"",
                          "[1}"}) {
    EXPECT_FALSE(parse(bad)) << bad;
  }
}

TEST(JsonCheck, SaysOfTheGoldenFilesWhatParseSays) {
  for (const char* text : {"{\"a\":1,\"b\":[null,{\"c\":\"d\"}]}", "[1,[2,{}]]", "3", "{\"a\":1,\"a\":2}",
                           "[{\"b\":{\"a\":1,\"a\":2}}]", "{\"a\":}", "[1,]", "", "\"\\ud83d\"", "NaN"}) {
    const auto whole = parse(text);
    const auto checked = check(text);
    ASSERT_EQ(whole.has_value(), checked.has_value()) << text;
    if (whole) {
      EXPECT_EQ(whole->kind(), *checked) << text;
    } else {
      EXPECT_EQ(whole.error().message, checked.error().message) << text;
    }
  }
}

TEST(JsonParse, NamesLineColumnAndTheKeyThatStandsTwice) {
  EXPECT_EQ(parse("{\n  \"a\": 1,\n  \"b\": tru\n}").error().message,
            "line 3, column 8: a value is wanted here");
  EXPECT_NE(parse("{\"a\":1,\"\\u0061\":2}").error().message.find("'a' stands twice"), std::string::npos);
}

TEST(JsonParse, RefusesNestingPastItsLimitWithoutOverflow) {
  EXPECT_FALSE(parse(std::string(200'000, '[')));
  EXPECT_TRUE(parse(std::string(100, '[') + std::string(100, ']')));
}

TEST(JsonParse, ReadsPythonsOddNumbersOnlyWhenAllowed) {
  const Value value = parsed("[NaN, Infinity, -Infinity]", true);
  EXPECT_TRUE(std::isnan(*value.items()[0].as_double()));
  EXPECT_EQ(value.items()[2].number_text(), "-Infinity");
}

TEST(JsonNumber, KeepsItsTextAndConvertsOnlyWhatFits) {
  const Value value = parsed("[1000000000000000019884624838656, 1e-05, 1.0, 18446744073709551615]");
  EXPECT_EQ(value.items()[0].number_text(), "1000000000000000019884624838656");
  EXPECT_EQ(value.items()[0].as_int(), std::nullopt);
  EXPECT_EQ(value.items()[1].number_text(), "1e-05");
  EXPECT_EQ(value.items()[2].as_int(), std::nullopt);
  EXPECT_EQ(value.items()[3].as_uint(), 18446744073709551615u);
}

TEST(JsonPrint, PrintsAsPythonDoesInEveryStyle) {
  const Value rows = slipway::testing::golden_json("json/printing.json");
  for (const Value& row : rows.items()) {
    const auto text = [&](const char* style) { return row.find(style)->string(); };
    const Value value = parsed(text("one_line"));
    EXPECT_EQ(print(value, {.final_newline = false}), text("indent2_ascii"));
    EXPECT_EQ(print(value, {.ascii = false, .final_newline = false}), text("indent2_raw"));
    EXPECT_EQ(print(value, {.indent = 4, .final_newline = false}), text("indent4"));
    EXPECT_EQ(print(value, {.indent = -1, .final_newline = false, .python_separators = true}),
              text("one_line"));
    EXPECT_EQ(print_compact(value), text("compact_raw"));
  }
}

TEST(JsonPrint, SpellsFloatsAsPythonsReprDoes) {
  const std::pair<double, const char*> rows[] = {
      {1e-05, "1e-05"}, {0.0001, "0.0001"},     {1e15, "1000000000000000.0"},
      {1e16, "1e+16"},  {500000.0, "500000.0"}, {-0.0, "-0.0"},
      {0.1, "0.1"}};
  for (const auto& [number, text] : rows) EXPECT_EQ(print_compact(Value(number)), text);
}

Document document(std::string text) { return Document::parse(std::move(text)).value(); }

TEST(JsonDocument, ChangesOnlyTheBytesOfWhatItSets) {
  Document doc = document("{\n  \"b\": [1,2,\n 3],\n  \"z\" :  1e-05\n}");
  ASSERT_TRUE(doc.set("z", Value(7)));
  EXPECT_EQ(doc.text(), "{\n  \"b\": [1,2,\n 3],\n  \"z\" :  7\n}");
}

TEST(JsonDocument, PutsANewKeyInItsSortedPlaceOrLast) {
  Document sorted = document("{\n    \"a\": 1,\n    \"c\": 3\n}\n");
  ASSERT_TRUE(sorted.set("b", Value::array({Value(1), Value("é")})));
  EXPECT_EQ(sorted.text(),
            "{\n    \"a\": 1,\n    \"b\": [\n        1,\n        \"\\u00e9\"\n    ],\n    \"c\": 3\n}\n");
  Document unsorted = document("{\"z\": 1, \"c\": 3}");
  ASSERT_TRUE(unsorted.set("d", Value(true)));
  EXPECT_EQ(unsorted.text(), "{\"z\": 1, \"c\": 3, \"d\": true}");
  Document first = document("{\"b\":1}");
  ASSERT_TRUE(first.set("a", Value()));
  EXPECT_EQ(first.text(), "{\"a\":null,\"b\":1}");
}

TEST(JsonDocument, SetsInNestedObjectsAndKeepsCrlf) {
  Document doc = document("{\r\n  \"text_config\": {\r\n    \"use_cache\": false\r\n  }\r\n}\r\n");
  const std::array<std::string_view, 2> old{"text_config", "use_cache"};
  const std::array<std::string_view, 2> added{"text_config", "vocab_size"};
  ASSERT_TRUE(doc.set(old, Value(true)));
  ASSERT_TRUE(doc.set(added, Value(4)));
  EXPECT_EQ(doc.text(),
            "{\r\n  \"text_config\": {\r\n    \"use_cache\": true,\r\n    \"vocab_size\": 4\r\n  }\r\n}\r\n");
}

TEST(JsonDocument, ErasesTheFirstTheLastAndTheOnlyMember) {
  Document doc = document("{\n  \"a\": 1,\n  \"b\": 2,\n  \"c\": 3\n}\n");
  ASSERT_TRUE(doc.erase("a"));
  EXPECT_EQ(doc.text(), "{\n  \"b\": 2,\n  \"c\": 3\n}\n");
  ASSERT_TRUE(doc.erase("c"));
  EXPECT_EQ(doc.text(), "{\n  \"b\": 2\n}\n");
  ASSERT_TRUE(doc.erase("absent"));
  ASSERT_TRUE(doc.erase("b"));
  EXPECT_EQ(doc.text(), "{}\n");
  ASSERT_TRUE(doc.set("n", Value(1)));
  EXPECT_EQ(doc.text(), "{\n  \"n\": 1\n}\n");
}

TEST(JsonDocument, RefusesToSetInWhatIsNoObject) {
  Document doc = document("{\"a\": 1}");
  const std::array<std::string_view, 2> path{"a", "b"};
  EXPECT_FALSE(doc.set(path, Value(1)));
}

TEST(JsonDocument, RefusesAnEditPastTheLimitsAndStaysAsItWas) {
  Document full = Document::parse("{\"a\": 1}", {.bytes_max = 12}).value();
  EXPECT_FALSE(full.set("b", Value("too long")));
  EXPECT_EQ(full.text(), "{\"a\": 1}");
  ASSERT_TRUE(full.set("a", Value(12)));

  std::string text;
  for (int level = 0; level < kJsonDepthMax; ++level) text += "{\"a\":";
  const std::vector<std::string_view> deepest(kJsonDepthMax, "a");
  Document deep = document(text + "1" + std::string(kJsonDepthMax, '}'));
  const std::string before = deep.text();
  EXPECT_FALSE(deep.set(deepest, Value::array({Value(1)})));
  EXPECT_EQ(deep.text(), before);
  EXPECT_TRUE(deep.set(deepest, Value(2)));

  Document strict = document("{}");
  EXPECT_FALSE(strict.set("loss", parsed("NaN", true)));
}

TEST(JsonDocument, SeesByARawDelThatTheTextIsNotInTheAsciiStyle) {
  Document doc = document("{\"a\": \"\x7F\"}");
  EXPECT_EQ(print(doc.root(), {.indent = -1, .ascii = doc.style().ascii, .final_newline = false}),
            "{\"a\":\"\x7F\"}");
}

Value random_value(std::mt19937& dice, int depth) {
  switch (dice() % (depth > 3 ? 4 : 6)) {
    case 0:
      return Value();
    case 1:
      return Value(dice() % 2 == 0);
    case 2:
      return Value(static_cast<std::int64_t>(dice()) - 2'000'000'000);
    case 3:
      return Value(std::string(dice() % 4, static_cast<char>('a' + dice() % 26)) + "\xC3\xA9\n");
    case 4: {
      Value list = Value::array();
      for (auto n = dice() % 4; n-- > 0;) list.push_back(random_value(dice, depth + 1));
      return list;
    }
    default: {
      Value map = Value::object();
      for (auto n = dice() % 4; n-- > 0;)
        map.set("k" + std::to_string(dice() % 20), random_value(dice, depth + 1));
      return map;
    }
  }
}

TEST(JsonProperty, PrintThenParseGivesTheSameValueAndEditsKeepTheRest) {
  for (unsigned seed = 0; seed < 300; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937 dice(seed);
    Value value = Value::object({{"first", random_value(dice, 0)}, {"last", random_value(dice, 0)}});
    const Style style{.indent = static_cast<int>(dice() % 5) - 1, .ascii = dice() % 2 == 0};
    const std::string text = print(value, style);
    ASSERT_TRUE(parsed(text).same_as(value)) << text;
    Document doc = document(text);
    ASSERT_TRUE(doc.set("middle", random_value(dice, 0)));
    ASSERT_TRUE(doc.find("first")->same_as(*value.find("first")));
    ASSERT_TRUE(doc.erase("middle"));
    ASSERT_EQ(doc.text(), text);
  }
}

TEST(JsonPrint, BytesThatAreNoTextBecomeMarksAndNothingBehindThemIsRead) {
  const std::string mark = "\xEF\xBF\xBD";
  for (const auto& [text, printed] : {std::pair<std::string, std::string>{"\xFF", "\"" + mark + "\""},
                                      {"a\xE2\x82", "\"a" + mark + mark + "\""},
                                      {"\xC3(", "\"" + mark + "(\""},
                                      {"\xF0\x9F\x98\x80", "\"\xF0\x9F\x98\x80\""}})
    EXPECT_EQ(print_compact(Value(text)), printed);
}

TEST(StrictJson, MakesOddNumbersNullAndNamesThem) {
  std::vector<std::string> replaced;
  EXPECT_EQ(strict_json("{\"a\": NaN, \"b\": [1, -Infinity]}\n", replaced).value(),
            "{\"a\": null, \"b\": [1, null]}\n");
  EXPECT_EQ(replaced, (std::vector<std::string>{"a", "b.1"}));
}

}  // namespace
}  // namespace slipway::json
