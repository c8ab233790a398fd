#include "text/yaml.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "text/yaml_events.h"
#include "text/yaml_merge.h"
#include "text/yaml_resolve.h"

namespace slipway::yaml {
namespace {

constexpr std::string_view kCoreTag = "tag:yaml.org,2002:";

std::optional<Kind> kind_of_tag(std::string_view tag) {
  if (!tag.starts_with(kCoreTag)) return std::nullopt;
  tag.remove_prefix(kCoreTag.size());
  constexpr std::pair<std::string_view, Kind> kKinds[] = {
      {"null", Kind::kNull},  {"bool", Kind::kBool},           {"int", Kind::kInt},  {"float", Kind::kFloat},
      {"str", Kind::kString}, {"timestamp", Kind::kTimestamp}, {"seq", Kind::kList}, {"map", Kind::kMap},
  };
  for (const auto& [name, kind] : kKinds) {
    if (tag == name) return kind;
  }
  return std::nullopt;
}

struct Anchored {
  Node node{};
  std::size_t size = 0;  // nodes
};

// From libyaml's events to one tree of nodes.
class Composer {
 public:
  explicit Composer(std::string_view text) : events_(text) {}

  Result<Node> document() {
    SLIPWAY_ASSIGN(Event event, significant());
    if (event.type() == YAML_STREAM_END_EVENT) return Node{.kind = Kind::kNull, .line = 1};
    SLIPWAY_ASSIGN(Node root, compose(event, 0));
    if (is_lone(root)) return std::unexpected(lone(root));
    SLIPWAY_ASSIGN(const Event after, significant());
    if (after.type() == YAML_STREAM_END_EVENT) return root;
    return std::unexpected(at_line(after.line(), "a second document begins here, one is wanted"));
  }

 private:
  // The next event that is not just the beginning or end of a document.
  Result<Event> significant() {
    for (;;) {
      SLIPWAY_ASSIGN(Event event, events_.next());
      const bool frame = event.type() == YAML_STREAM_START_EVENT ||
                         event.type() == YAML_DOCUMENT_START_EVENT || event.type() == YAML_DOCUMENT_END_EVENT;
      if (!frame) return event;
    }
  }

  Result<void> count(std::size_t nodes, int line) {
    if (nodes > kYamlNodesMax - nodes_) {
      return std::unexpected(
          at_line(line, fmt::format("more than {} nodes, aliases counted", kYamlNodesMax)));
    }
    nodes_ += nodes;
    return {};
  }

  Result<Node> compose(const Event& event, int depth) {
    if (depth > kYamlDepthMax) {
      return std::unexpected(at_line(event.line(), fmt::format("nested more than {} deep", kYamlDepthMax)));
    }
    if (event.type() == YAML_ALIAS_EVENT) return alias(event, depth);
    SLIPWAY_TRY(count(1, event.line()));
    const std::string anchor = event.anchor();
    if (!anchor.empty() && !named_.insert(anchor).second) {
      return std::unexpected(
          at_line(event.line(), fmt::format("the anchor &{} is set twice", shown(anchor))));
    }
    SLIPWAY_ASSIGN(Node node, compose_fresh(event, depth));
    if (!anchor.empty()) {
      const std::size_t size = size_of(node);
      SLIPWAY_TRY(count(size, event.line()));  // nested anchors would keep a copy each
      anchors_[anchor] = {.node = node, .size = size};
    }
    return node;
  }

  Result<Node> compose_fresh(const Event& event, int depth) {
    if (event.type() == YAML_SEQUENCE_START_EVENT) return list(event, depth);
    if (event.type() == YAML_MAPPING_START_EVENT) return map(event, depth);
    return scalar(event);
  }

  // A copy, counted before it is made: aliases of aliases grow without bound otherwise.
  Result<Node> alias(const Event& event, int depth) {
    const auto at = anchors_.find(event.anchor());
    if (at == anchors_.end()) {
      return std::unexpected(
          at_line(event.line(),
                  fmt::format("the alias *{} has no finished anchor before it", shown(event.anchor()))));
    }
    SLIPWAY_TRY(count(at->second.size, event.line()));
    if (depth + depth_of(at->second.node) > kYamlDepthMax) {
      return std::unexpected(at_line(event.line(), fmt::format("nested more than {} deep", kYamlDepthMax)));
    }
    Node copy = at->second.node;
    copy.line = event.line();
    return copy;
  }

  // Both recurse within the depth limit: what has an anchor was composed under it.
  static std::size_t size_of(const Node& node) {
    std::size_t size = 1;
    for (const Node& item : node.items) size += size_of(item);
    for (const auto& [key, value] : node.members) size += size_of(key) + size_of(value);
    return size;
  }
  static int depth_of(const Node& node) {
    int deepest = 0;
    for (const Node& item : node.items) deepest = std::max(deepest, 1 + depth_of(item));
    for (const auto& [key, value] : node.members) deepest = std::max(deepest, 1 + depth_of(value));
    return deepest;
  }

  Result<Node> scalar(const Event& event) {
    Node node{.line = event.line(), .text = event.text()};
    const std::string tag = event.tag();
    Kind kind = Kind::kString;
    if (tag == "!") {  // "whatever it is": PyYAML resolves even what is quoted
      kind = resolve_plain(node.text);
    } else if (!tag.empty()) {
      SLIPWAY_ASSIGN(kind, tagged(event, tag));
      if (kind == Kind::kList || kind == Kind::kMap) return std::unexpected(wrong_tag(event, tag));
    } else if (event.is_plain()) {
      kind = resolve_plain(node.text);
      node.lone = node.text == "=" || node.text == "<<";
    }
    if (auto valued = give_value(node, kind); !valued) {
      return std::unexpected(at_line(node.line, valued.error().message));
    }
    return node;
  }

  Result<Node> list(const Event& start, int depth) {
    if (const auto tag = start.tag(); !tag.empty() && tag != "!" && kind_of_tag(tag) != Kind::kList) {
      return std::unexpected(wrong_tag(start, tag));
    }
    Node node{.kind = Kind::kList, .line = start.line()};
    for (;;) {
      SLIPWAY_ASSIGN(const Event event, events_.next());
      if (event.type() == YAML_SEQUENCE_END_EVENT) return node;
      SLIPWAY_ASSIGN(Node item, compose(event, depth + 1));
      if (is_lone(item)) return std::unexpected(lone(item));
      node.items.push_back(std::move(item));
    }
  }

  Result<Node> map(const Event& start, int depth) {
    if (const auto tag = start.tag(); !tag.empty() && tag != "!" && kind_of_tag(tag) != Kind::kMap) {
      return std::unexpected(wrong_tag(start, tag));
    }
    Node node{.kind = Kind::kMap, .line = start.line()};
    for (;;) {
      SLIPWAY_ASSIGN(const Event event, events_.next());
      if (event.type() == YAML_MAPPING_END_EVENT) break;
      SLIPWAY_ASSIGN(Node key, compose(event, depth + 1));
      SLIPWAY_ASSIGN(const Event next, events_.next());
      SLIPWAY_ASSIGN(Node value, compose(next, depth + 1));
      if (is_lone(value)) return std::unexpected(lone(value));
      node.members.emplace_back(std::move(key), std::move(value));
    }
    return finish_map(std::move(node));
  }

  static Result<Kind> tagged(const Event& event, const std::string& tag) {
    const auto kind = kind_of_tag(tag);
    if (!kind) return std::unexpected(wrong_tag(event, tag));
    return *kind;
  }
  static Error wrong_tag(const Event& event, std::string_view tag) {
    return at_line(event.line(), fmt::format("the tag {} is not read here", shown(tag)));
  }
  // `=` and `<<` have a meaning of their own as keys only; elsewhere PyYAML refuses them.
  static bool is_lone(const Node& node) { return node.lone; }
  static Error lone(const Node& node) {
    return at_line(node.line, fmt::format("{} must be quoted if a text is meant", node.text));
  }

  EventStream events_;
  std::map<std::string, Anchored, std::less<>> anchors_;
  std::set<std::string, std::less<>> named_;
  std::size_t nodes_ = 0;
};

}  // namespace

std::string_view kind_name(Kind kind) {
  switch (kind) {
    case Kind::kNull:
      return "null";
    case Kind::kBool:
      return "a boolean";
    case Kind::kInt:
      return "an integer";
    case Kind::kFloat:
      return "a number";
    case Kind::kString:
      return "a string";
    case Kind::kTimestamp:
      return "a date";
    case Kind::kList:
      return "a list";
    case Kind::kMap:
      return "a map";
  }
  return "nothing";
}

const Node* Node::find(std::string_view key) const {
  for (const auto& [name, value] : members) {
    if (name.text == key) return &value;
  }
  return nullptr;
}

Result<Node> parse(std::string_view text) {
  if (text.size() > kYamlBytesMax) {
    return fail(ErrorCode::kCorruptData, fmt::format("line 1: more than {} bytes of YAML", kYamlBytesMax));
  }
  return Composer(text).document();
}

}  // namespace slipway::yaml
