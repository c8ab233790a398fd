#include "text/yaml.h"
#include "support/source_dir.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <sstream>

namespace slipway::yaml {
namespace {

json::Value golden(const std::string& name) {
  std::ifstream file(fmt::format("{}/tests/golden/yaml/{}", slipway::testing::source_dir(), name));
  std::stringstream text;
  text << file.rdbuf();
  auto root = json::parse(text.str());
  EXPECT_TRUE(root.has_value()) << name;
  return root ? *std::move(root) : json::Value();
}

std::string word(Kind kind) {
  constexpr std::string_view kWords[] = {"null",   "bool",      "int",  "float",
                                         "string", "timestamp", "list", "map"};
  return std::string(kWords[static_cast<std::size_t>(kind)]);
}

std::string problem(std::string_view text) {
  const auto root = parse(text);
  return root ? "" : root.error().message;
}

void expect_value(const Node& node, const json::Value& row) {
  const json::Value* value = row.find("value");
  switch (node.kind) {
    case Kind::kBool:
      EXPECT_EQ(node.boolean, *value->as_bool());
      break;
    case Kind::kInt: {
      const json::Value as_number = json::Value::number(value->string());
      EXPECT_EQ(node.overflow, !as_number.as_int().has_value());
      EXPECT_EQ(node.integer, as_number.as_int().value_or(0));
      break;
    }
    case Kind::kFloat:
      if (value->string() == "nan") {
        EXPECT_TRUE(std::isnan(node.real));
      } else {
        EXPECT_EQ(node.real, std::strtod(value->string().c_str(), nullptr));
      }
      break;
    case Kind::kString:
      EXPECT_EQ(node.text, value->string());
      break;
    default:
      break;
  }
}

TEST(Yaml, ReadsScalarsAsPyYamlDoes) {
  const json::Value rows = golden("scalars.json");
  EXPECT_GT(rows.items().size(), 300u);
  for (const json::Value& row : rows.items()) {
    const std::string text = row.find("text")->string();
    SCOPED_TRACE(text);
    const auto root = parse(text);
    EXPECT_EQ(root ? word(root->kind) : "refused", row.find("kind")->string());
    if (root && word(root->kind) == row.find("kind")->string()) expect_value(*root, row);
  }
}

TEST(Yaml, WritesStringsAsPyYamlDoes) {
  const json::Value root = golden("dump.json");
  for (const json::Value& row : root.find("strings")->items()) {
    EXPECT_EQ(dump_string(row.find("value")->string()), row.find("yaml")->string());
  }
}

TEST(Yaml, WritesBlocksAsPyYamlDoes) {
  const json::Value root = golden("dump.json");
  for (const json::Value& row : root.find("blocks")->items()) {
    EXPECT_EQ(dump_block(*row.find("value")), row.find("yaml")->string());
  }
}

TEST(Yaml, ReadsBackWhatItWrites) {
  const json::Value root = golden("dump.json");
  for (const json::Value& row : root.find("strings")->items()) {
    const json::Value value = json::Value::object({{"k", *row.find("value")}});
    const auto back = parse(dump_block(value));
    ASSERT_TRUE(back.has_value()) << back.error().message;
    EXPECT_TRUE(to_json(*back).same_as(value)) << row.find("yaml")->string();
  }
}

TEST(Yaml, WritesANextLineSoThatItReadsBack) {
  EXPECT_EQ(dump_string("a\xC2\x85"
                        "b"),
            "\"a\\Nb\"");
}

TEST(Yaml, KeepsKeyOrderAndKnowsLines) {
  const auto root = parse("b: 1\n# note\na:\n- x\n-\n  - y\n");
  ASSERT_TRUE(root.has_value());
  EXPECT_EQ(root->members[0].first.text, "b");
  EXPECT_EQ(root->members[1].first.line, 3);
  EXPECT_EQ(root->find("a")->items[1].items[0].line, 6);
}

TEST(Yaml, FollowsAliasesAndMergesMaps) {
  const auto root = parse("a: &a {x: 1, y: 2}\nb: &b {y: 3, z: 4}\nc:\n  <<: [*a, *b]\n  x: 9\nd: *a\n");
  ASSERT_TRUE(root.has_value()) << root.error().message;
  const Node* c = root->find("c");
  EXPECT_EQ(c->find("x")->integer, 9);
  EXPECT_EQ(c->find("y")->integer, 2);
  EXPECT_EQ(c->find("z")->integer, 4);
  EXPECT_EQ(c->members[0].first.text, "x");
  EXPECT_EQ(root->find("d")->find("y")->integer, 2);
}

TEST(Yaml, QuotedMergeKeyIsAKey) { EXPECT_NE(parse("'<<': {a: 1}")->find("<<"), nullptr); }

TEST(Yaml, NamesTheLineOfADuplicateKey) {
  EXPECT_EQ(problem("a: 1\nb: 2\na: 3\n"), "line 3: the key 'a' stands here again, first on line 1");
  EXPECT_EQ(problem("yes: 1\ntrue: 2\n"), "line 2: the key 'true' stands here again, first on line 1");
}

TEST(Yaml, NamesTheLineOfASyntaxError) {
  EXPECT_EQ(problem("a: 1\nb: [1\nc: 2\n").substr(0, 7), "line 3:");
  EXPECT_EQ(problem("a: 1\n\tb: 2\n").substr(0, 7), "line 2:");
  EXPECT_EQ(problem("a: 1\nb: \xFF\n").substr(0, 7), "line 2:");
}

TEST(Yaml, AnEmptyTextIsNull) {
  EXPECT_EQ(parse("")->kind, Kind::kNull);
  EXPECT_EQ(parse("# only a comment\n")->kind, Kind::kNull);
}

TEST(Yaml, RefusesADepthThatNobodyWrites) {
  EXPECT_TRUE(parse(std::string(64, '[') + std::string(64, ']')).has_value());
  EXPECT_EQ(problem(std::string(70, '[') + std::string(70, ']')), "line 1: nested more than 64 deep");
}

// Nine levels of nine aliases would be 387 million nodes.
TEST(Yaml, RefusesAliasesThatGrowWithoutBound) {
  std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 9; ++i) {
    bomb += fmt::format("a{0}: &a{0} [", i);
    for (int j = 0; j < 9; ++j) bomb += fmt::format("{}*a{}", j == 0 ? "" : ", ", i - 1);
    bomb += "]\n";
  }
  EXPECT_NE(problem(bomb).find("more than 100000 nodes"), std::string::npos);
}

TEST(Yaml, RefusesAliasesThatNestTooDeep) {
  std::string text = "a0: &a0 [x]\n";
  for (int i = 1; i < 80; ++i) text += fmt::format("a{0}: &a{0} [*a{1}]\n", i, i - 1);
  EXPECT_NE(problem(text).find("nested more than 64 deep"), std::string::npos);
}

TEST(Yaml, RefusesAnAliasOfWhatIsNotFinished) { EXPECT_NE(problem("a: &a [*a]"), ""); }

TEST(Yaml, RefusesATextLargerThanItsLimit) {
  EXPECT_NE(problem(std::string(kYamlBytesMax + 1, ' ')).find("more than 1048576 bytes"), std::string::npos);
}

TEST(Yaml, BecomesJson) {
  const auto root =
      parse("a: 0x10\nb: .inf\nc: 2001-12-14\n1: x\nd: 123456789012345678901234567890\ne: 1_0.5\n");
  EXPECT_EQ(json::print_compact(to_json(*root)),
            R"({"a":16,"b":".inf","c":"2001-12-14","1":"x","d":123456789012345678901234567890,"e":10.5})");
}

}  // namespace
}  // namespace slipway::yaml
