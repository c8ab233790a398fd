// pickle/look.h - looks into a graph: dicts by their keys, numbers by their value, names by both parts.
//
// Contract   Total: a node of another kind gives nothing.
// Threads    value
#pragma once

#include <optional>
#include <string_view>

#include "pickle/graph.h"

namespace slipway::pickle {

bool is_global(const Graph& graph, NodeId id, std::string_view module, std::string_view name);
// A call of a name, or an instance of it.
bool is_made_by(const Graph& graph, NodeId id, std::string_view module, std::string_view name);
// A dict, or a collections.OrderedDict or Counter that began empty.
bool is_mapping(const Graph& graph, NodeId id);
// What stands under a key of a mapping: the last one, as in Python; kNoNode when there is none.
NodeId find(const Graph& graph, NodeId mapping, std::string_view key);
// The items of a list or tuple; null for anything else.
const std::vector<NodeId>* items_of(const Graph& graph, NodeId id);
std::optional<std::uint64_t> whole_number(const Graph& graph, NodeId id);  // not below 0

}  // namespace slipway::pickle
