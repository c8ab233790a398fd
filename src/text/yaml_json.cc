#include <cmath>
#include <unordered_set>

#include "text/yaml.h"

namespace slipway::yaml {
namespace {

bool is_decimal(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  if (text.empty() || text.front() == '0') return false;
  return text.find_first_not_of("0123456789") == std::string_view::npos;
}

json::Value number(const Node& node) {
  if (node.kind == Kind::kFloat)
    return std::isfinite(node.real) ? json::Value(node.real) : json::Value(node.text);
  if (!node.overflow) return json::Value(node.integer);
  return is_decimal(node.text) ? json::Value::number(node.text) : json::Value(node.text);
}

}  // namespace

// Depth is bounded by the parser that made the node.
json::Value to_json(const Node& node) {
  switch (node.kind) {
    case Kind::kNull:
      return {};
    case Kind::kBool:
      return json::Value(node.boolean);
    case Kind::kInt:
    case Kind::kFloat:
      return number(node);
    case Kind::kString:
    case Kind::kTimestamp:
      return json::Value(node.text);
    case Kind::kList:
      break;
    case Kind::kMap: {
      std::vector<std::pair<std::string, json::Value>> members;
      std::unordered_set<std::string_view> seen;  // 1 and "1" are two keys in YAML, one in JSON
      for (const auto& [key, value] : node.members) {
        if (seen.insert(key.text).second) members.emplace_back(key.text, to_json(value));
      }
      return json::Value::object(std::move(members));
    }
  }
  std::vector<json::Value> items;
  items.reserve(node.items.size());
  for (const Node& item : node.items) items.push_back(to_json(item));
  return json::Value::array(std::move(items));
}

}  // namespace slipway::yaml
