// text/yaml.h - YAML as PyYAML's safe loader reads it (YAML 1.1 scalars), with the line of everything.
//
// Contract   libyaml scans and gives events with marks; the resolver over them is ours. Anchors and
//            aliases are followed within the limits, merge keys (<<) too. A duplicate key is an error.
//            A merged map never overrides a key that stands in the map itself; of several, the first wins.
//            Tags: !!str, !!int, !!float, !!bool, !!null, !!timestamp, !!seq, !!map; no other is read.
// Limits     1 MiB of text, depth 64, 100,000 nodes after aliases
// Errors     kCorruptData "line 3: ..." (callers put the file's name before it)
// Threads    value
// Source     PyYAML resolver.py and constructor.py: yes/no/on/off are booleans, 012 is octal, 1_000 and
//            1:30 are integers, 1e3 is a string (1.0e+3 a float), ~ and empty are null
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "slipway/json.h"
#include "slipway/result.h"

namespace slipway::yaml {

inline constexpr std::size_t kYamlBytesMax = 1u << 20;
inline constexpr int kYamlDepthMax = 64;
inline constexpr std::size_t kYamlNodesMax = 100'000;

enum class Kind : std::uint8_t { kNull, kBool, kInt, kFloat, kString, kTimestamp, kList, kMap };
std::string_view kind_name(Kind kind);  // "a list", for messages

struct Node {
  Kind kind = Kind::kNull;
  int line = 0;        // 1-based, of where it begins
  std::string text{};  // of a scalar: as written (after quotes and folding)
  bool boolean = false;
  std::int64_t integer = 0;  // of kInt; text outside int64 keeps kInt with `overflow` set
  bool overflow = false;
  double real = 0;    // of kFloat
  bool lone = false;  // while parsing: a plain = or <<, which only a key may be
  std::vector<Node> items{};
  std::vector<std::pair<Node, Node>> members{};

  const Node* find(std::string_view key) const;  // a member by its key's text; null when absent
};

Result<Node> parse(std::string_view text);
json::Value to_json(const Node& node);  // .nan and .inf become strings

// A scalar as PyYAML would dump it so that it reads back as this string: plain where possible.
std::string dump_string(std::string_view text);
// Block style as huggingface_hub dumps cards: lists not indented, keys in order, no line folding.
std::string dump_block(const json::Value& value);

}  // namespace slipway::yaml
