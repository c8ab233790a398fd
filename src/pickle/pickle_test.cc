#include <gtest/gtest.h>

#include <algorithm>

#include <fmt/format.h>

#include "base/encoding.h"
#include "pickle/read.h"

namespace slipway::pickle {
namespace {

using namespace std::string_literals;

std::string refusal(const std::string& bytes, const Policy& policy = opaque()) {
  const auto graph = read(as_bytes(bytes), policy);
  return graph ? "" : graph.error().message;
}

// A graph as Python would print it, objects as calls.
std::string shown(const Graph& graph, NodeId id) {
  const Node& node = graph.at(id);
  const auto listed = [&](const std::vector<NodeId>& ids) {
    std::string out;
    for (const NodeId item : ids) out += (out.empty() ? "" : ", ") + shown(graph, item);
    return out;
  };
  switch (node.kind) {
    case Kind::kNone:
      return "None";
    case Kind::kBool:
      return node.boolean ? "True" : "False";
    case Kind::kInt:
      return graph.integer_text(id).value_or("?");
    case Kind::kFloat:
      return fmt::format("{}", node.number);
    case Kind::kText:
      return "'" + graph.text(id).value_or("?") + "'";
    case Kind::kBytes:
      return "b" + hex_encode(as_bytes(graph.raw(node.text)));
    case Kind::kList:
      return "[" + listed(node.items) + "]";
    case Kind::kTuple:
      return "(" + listed(node.items) + ")";
    case Kind::kSet:
      return "{" + listed(node.items) + "}";
    case Kind::kDict: {
      std::string out;
      for (const auto& [key, value] : node.pairs)
        out += (out.empty() ? "" : ", ") + shown(graph, key) + ": " + shown(graph, value);
      return "{" + out + "}";
    }
    case Kind::kGlobal:
      return fmt::format("{}.{}", graph.raw(node.text), graph.raw(node.name));
    default: {
      std::string out = node.callee == kNoNode ? "persistent" : shown(graph, node.callee);
      out += shown(graph, node.arguments);
      if (node.state != kNoNode) out += "+" + shown(graph, node.state);
      return out;
    }
  }
}

std::string read_as(const std::string& bytes) {
  const auto graph = read(as_bytes(bytes), opaque());
  return graph ? shown(*graph, graph->root()) : graph.error().message;
}

struct Case {
  const char* what;
  std::string bytes;
  std::string shown;
};

TEST(Pickle, ReadsEveryOpcodeOfEveryProtocol) {
  const std::vector<Case> cases{
      {"protocol 0",
       "(lp0\nI1\naI01\naI00\naL-7L\naF2.5\naS'a\\x41\\n'\np1\naV\\u00e9\nag1\na(dp2\nS'k'\nNsa."s,
       "[1, True, False, -7, 2.5, 'aA\n', 'é', 'aA\n', {'k': None}]"},
      {"protocol 1", "(]q\0(U\1xq\1h\1eJ\xfe\xff\xff\xffM\0\1t."s, "(['x', 'x'], -2, 256)"},
      {"long numbers", "(L123456789012345678901234567890L\n\x8b\2\0\0\0\0\1t."s,
       "(123456789012345678901234567890, 256)"},
      {"big two's complement", "\x8a\11\0\0\0\0\0\0\0\0\xff."s, "-18446744073709551616"},
      {"protocol 2", "\x80\2cm\nC\n)\x81}X\1\0\0\0aK\1sb."s, "m.C()+{'a': 1}"},
      {"old instances", "((K\1im\nC\n(cm\nD\nK\2ot."s, "(m.C(1), m.D(2))"},
      {"protocol 4", "\x80\4\x95\x0e\0\0\0\0\0\0\0\x8c\1m\x8c\1f\x93\x94K\1\x85R\x94."s, "m.f(1)"},
      {"keywords", "\x80\4cm\nC\n)}\x92."s, "m.C()"},
      {"sets", "\x80\4(\x8f(K\1\x90(K\2\x91t."s, "({1}, {2})"},
      {"bytes", "\x80\5(C\1aB\1\0\0\0b\x8e\1\0\0\0\0\0\0\0c\x96\1\0\0\0\0\0\0\0dt."s, "(b61, b62, b63, b64)"},
      {"stack",
       "(K\1K\0020K\3"
       "2(N1t."s,
       "(1, 3, 3)"},
      {"long memo",
       "]r\xff\xff\xff\x7f"
       "j\xff\xff\xff\x7f\x86"
       "0]."s,
       "[]"},
      {"lists of objects", "cm\nC\n)R(K\1K\2e."s, "m.C()"},
      {"tuples", "K\1K\2\x86K\3\x85\x86."s, "((1, 2), (3))"},
      {"wide texts", "(\x8d\1\0\0\0\0\0\0\0aT\1\0\0\0bt."s, "('a', 'b')"},
  };
  for (const Case& one : cases) EXPECT_EQ(read_as(one.bytes), one.shown) << one.what;
}

TEST(Pickle, NamesWhatItDoesNotTake) {
  EXPECT_EQ(refusal("\x80\2\x82\1."s),
            "byte 2: EXT1: names something outside of the file, which is never looked up");
  EXPECT_EQ(refusal("cos\nsystem\n."s), "byte 0: GLOBAL: os.system has no place here");
  EXPECT_EQ(refusal("\x8c\2os\x8c\6sy\nt\0m\x93."s), "byte 12: STACK_GLOBAL: a name has no place here");
  EXPECT_EQ(refusal("K\1"s), "byte 2: the pickle ends without STOP");
  EXPECT_EQ(refusal("\xfe."s), "byte 0: there is no opcode 0xfe");
  EXPECT_EQ(refusal("N0."s), "byte 2: STOP: the stack is empty");
  EXPECT_EQ(refusal("(K\1."s + ""), "");  // Python takes what is on top, too
}

TEST(Pickle, TakesGetattrForAMemberOfAnEnumAlone) {
  EXPECT_EQ(read_as("cbuiltins\ngetattr\ncm\nE\nX\4\0\0\0STEP\x86R."s), "builtins.getattr(m.E, 'STEP')");
  for (const std::string& arguments : {"cm\nE\nX\4\0\0\0step\x86"s, "cm\nE\nX\4\0\0\0_ABC\x86"s,
                                       "cm\nE\n\x85"s, "X\1\0\0\0aX\1\0\0\0A\x86"s, ")"s})
    EXPECT_NE(refusal("cbuiltins\ngetattr\n" + arguments + "R."), "") << arguments;
  EXPECT_NE(refusal("cbuiltins\ngetattr\n)\x81."s), "");
  EXPECT_NE(refusal("cbuiltins\ngetattr\ncm\nE\nX\1\0\0\0A\x86R(\x85R."s), "");
}

TEST(Pickle, StandsEveryCutAndEveryFlippedByte) {
  const std::string whole = "\x80\4}\x94(\x8c\1a\x94]\x94(K\1\x8a\1\2e\x8c\1bcm\nC\n)\x81}\x8c\1kK\5sbu."s;
  ASSERT_EQ(refusal(whole), "");
  for (std::size_t size = 0; size < whole.size(); ++size) EXPECT_NE(refusal(whole.substr(0, size)), "");
  for (std::size_t i = 0; i < whole.size(); ++i) {
    for (int byte = 0; byte < 256; ++byte) {
      std::string bent = whole;
      bent[i] = static_cast<char>(byte);
      (void)refusal(bent);
    }
  }
}

TEST(Pickle, TakesLoopsButNotIntoWeightsAndNoDepthWithoutEnd) {
  const std::string loop = "]q\0h\0a."s;
  EXPECT_EQ(refusal(loop), "");
  EXPECT_NE(refusal(loop, weights_only()), "");
  std::string deep(1'000'000, ']');
  deep += std::string(999'999, 'a') + ".";
  EXPECT_EQ(refusal(deep),
            fmt::format("byte {}: EMPTY_LIST: more objects than are read", Limits{}.nodes_max));
  std::string deep_loop = std::string(300, ']') + std::string(299, 'a') + "."s;
  EXPECT_EQ(refusal(deep_loop), "the pickle is nested deeper than 256 levels");
}

TEST(Pickle, AllocatesNothingOnADeclaredSize) {
  EXPECT_EQ(refusal("X\xff\xff\xff\xff"
                    "abc."s),
            "byte 0: BINUNICODE: its operand runs past the end");
  EXPECT_EQ(refusal("\x8e\xff\xff\xff\xff\xff\xff\xff\xff"
                    "a."s),
            "byte 0: BINBYTES8: its operand runs past the end");
}

// The marker stands for a token: it is gone from the input, and nothing else holds it.
TEST(Pickle, DropsWhatSecretKeysHoldAsItPasses) {
  const std::string marker = "hf_MARKERMARKERMARKER";
  const std::string one = "\x8c\x15"s + marker;
  for (const std::string& bytes : {"\x80\4}(\x8c\6secret"s + one + "\x8c\1aK\1u.",        // a text
                                   "\x80\4}\x8c\6secret]" + one + "as.",                  // in a list
                                   "\x80\4}\x8c\6secret]\x94s\x8c\1bh\0"s + one + "as.",  // put into it later
                                   "\x80\4}\x8c\6secretcm\nC\n" + one + "\x85Rs.",        // an argument
                                   "\x80\2}U\6secretS'" + marker + "'\ns.",  // as Python 2 wrote it
                                   "}V" + std::string("secret\n") + "V" + marker + "\ns."}) {
    std::string buffer = bytes;
    const auto graph = read_dropping(
        {reinterpret_cast<std::byte*>(buffer.data()), buffer.size()},
        [](std::string_view key) { return key == "secret"; }, opaque());
    ASSERT_TRUE(graph) << describe(graph.error());
    EXPECT_EQ(buffer.find("MARKER"), std::string::npos) << hex_encode(as_bytes(buffer));
    EXPECT_EQ(shown(*graph, graph->root()).find("MARKER"), std::string::npos);
    EXPECT_EQ(graph->dropped_keys().size(), 1U);
  }
}

}  // namespace
}  // namespace slipway::pickle
