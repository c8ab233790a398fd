#include "pickle/look.h"

#include <algorithm>
#include <ranges>

namespace slipway::pickle {

bool is_global(const Graph& graph, NodeId id, std::string_view module, std::string_view name) {
  if (id == kNoNode) return false;
  const Node& node = graph.at(id);
  return node.kind == Kind::kGlobal && graph.raw(node.text) == module && graph.raw(node.name) == name;
}

bool is_made_by(const Graph& graph, NodeId id, std::string_view module, std::string_view name) {
  if (id == kNoNode) return false;
  const Node& node = graph.at(id);
  return (node.kind == Kind::kCall || node.kind == Kind::kInstance) &&
         is_global(graph, node.callee, module, name);
}

bool is_mapping(const Graph& graph, NodeId id) {
  if (id == kNoNode) return false;
  const Node& node = graph.at(id);
  if (node.kind == Kind::kDict) return true;
  const bool ordered =
      is_made_by(graph, id, "collections", "OrderedDict") || is_made_by(graph, id, "collections", "Counter");
  return ordered && (node.arguments == kNoNode || graph.at(node.arguments).items.empty());
}

NodeId find(const Graph& graph, NodeId mapping, std::string_view key) {
  if (!is_mapping(graph, mapping)) return kNoNode;
  const auto& pairs = graph.at(mapping).pairs;
  const auto from_behind = pairs | std::views::reverse;
  const auto at =
      std::ranges::find_if(from_behind, [&](const auto& pair) { return graph.text(pair.first) == key; });
  return at == from_behind.end() ? kNoNode : (*at).second;
}

const std::vector<NodeId>* items_of(const Graph& graph, NodeId id) {
  if (id == kNoNode) return nullptr;
  const Node& node = graph.at(id);
  return node.kind == Kind::kList || node.kind == Kind::kTuple ? &node.items : nullptr;
}

std::optional<std::uint64_t> whole_number(const Graph& graph, NodeId id) {
  if (id == kNoNode) return std::nullopt;
  const Node& node = graph.at(id);
  const bool fits = node.kind == Kind::kInt && node.form == Form::kPlain && node.integer >= 0;
  return fits ? std::optional(static_cast<std::uint64_t>(node.integer)) : std::nullopt;
}

}  // namespace slipway::pickle
