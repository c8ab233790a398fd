#include "text/yaml_merge.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

#include "text/yaml_events.h"

namespace slipway::yaml {
namespace {

// Equal for keys that are the same key to Python: yes and true, 10 and 0xA.
std::string identity(const Node& key) {
  switch (key.kind) {
    case Kind::kNull:
      return "n";
    case Kind::kBool:
      return key.boolean ? "i1" : "i0";
    case Kind::kInt:
      return key.overflow ? "o" + key.text : fmt::format("i{}", key.integer);
    case Kind::kFloat:
      return fmt::format("f{}", key.real);
    case Kind::kTimestamp:
      return "t" + key.text;
    default:
      return "s" + key.text;
  }
}

bool is_merge(const Node& key) { return key.lone && key.text == "<<"; }

using Members = std::vector<std::pair<Node, Node>>;

class MergedMap {
 public:
  // A member of a merged map: only where the key is new.
  void offer(const Node& key, const Node& value) {
    if (places_.emplace(identity(key), members_.size()).second) members_.emplace_back(key, value);
  }
  // A member of the map itself: over a merged one, in its place.
  void put(Node key, Node value) {
    const auto [at, fresh] = places_.emplace(identity(key), members_.size());
    if (fresh) {
      members_.emplace_back(std::move(key), std::move(value));
    } else {
      members_[at->second] = {std::move(key), std::move(value)};
    }
  }
  Members take() { return std::move(members_); }

 private:
  Members members_;
  std::unordered_map<std::string, std::size_t> places_;
};

Result<void> check_keys(const Members& members) {
  std::unordered_map<std::string, int> lines;
  for (const auto& [key, value] : members) {
    if (key.kind == Kind::kList || key.kind == Kind::kMap) {
      return std::unexpected(at_line(key.line, fmt::format("{} cannot be a key", kind_name(key.kind))));
    }
    const std::string id = is_merge(key) ? "<<" : identity(key);
    const auto [at, fresh] = lines.emplace(id, key.line);
    if (!fresh) {
      return std::unexpected(at_line(key.line, fmt::format("the key '{}' stands here again, first on line {}",
                                                           shown(key.text), at->second)));
    }
  }
  return {};
}

Result<void> merge(const Node& value, MergedMap& into) {
  const bool one = value.kind == Kind::kMap;
  const auto sources = one ? std::span(&value, 1) : std::span<const Node>(value.items);
  for (const Node& source : sources) {
    if (source.kind != Kind::kMap) {
      return std::unexpected(
          at_line(source.line, fmt::format("<< merges maps, this is {}", kind_name(source.kind))));
    }
    for (const auto& [key, member] : source.members) into.offer(key, member);
  }
  if (one || value.kind == Kind::kList) return {};
  return std::unexpected(
      at_line(value.line, fmt::format("<< merges maps, this is {}", kind_name(value.kind))));
}

}  // namespace

Result<Node> finish_map(Node map) {
  SLIPWAY_TRY(check_keys(map.members));
  if (std::ranges::none_of(map.members, [](const auto& member) { return is_merge(member.first); })) {
    for (auto& [key, value] : map.members) key.lone = false;
    return map;
  }
  MergedMap merged;
  for (const auto& [key, value] : map.members) {
    if (is_merge(key)) SLIPWAY_TRY(merge(value, merged));
  }
  for (auto& [key, value] : map.members) {
    if (is_merge(key)) continue;
    key.lone = false;
    merged.put(std::move(key), std::move(value));
  }
  map.members = merged.take();
  return map;
}

}  // namespace slipway::yaml
