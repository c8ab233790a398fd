#include "card/check.h"

#include <algorithm>

#include <fmt/format.h>

namespace slipway::card {

namespace {
constexpr std::size_t kFindingsMax = 100;
}

Place Place::member(std::string_view key) const {
  Place place{.path = path.empty() ? std::string(key) : fmt::format("{}.{}", path, key), .line = line};
  if (node == nullptr) return place;
  const auto at = std::ranges::find_if(node->members, [&](const auto& one) { return one.first.text == key; });
  if (at == node->members.end()) return place;
  place.node = &at->second;
  place.line = at->first.line;
  return place;
}

std::vector<Place> Place::items() const {
  std::vector<Place> places;
  if (!is(yaml::Kind::kList)) return places;
  for (std::size_t i = 0; i < node->items.size(); ++i) {
    places.push_back(
        {.node = &node->items[i], .path = fmt::format("{}[{}]", path, i), .line = node->items[i].line});
  }
  return places;
}

void Check::add(bool error, const Place& place, std::string_view what) {
  if (findings_.size() >= kFindingsMax) return;
  findings_.push_back({.error = error,
                       .line = lines_before_ + place.line,
                       .path = place.path,
                       .message = fmt::format("\"{}\" {}", place.path, what)});
}

bool Check::typed(const Place& place, yaml::Kind kind, std::string_view what, bool required) {
  if (place.is(kind)) return true;
  if (place.node == nullptr) {
    if (required) refuse(place, "is required");
  } else {
    refuse(place, what);
  }
  return false;
}

bool Check::text(const Place& place) { return typed(place, yaml::Kind::kString, "must be a string", false); }
bool Check::require_text(const Place& place) {
  return typed(place, yaml::Kind::kString, "must be a string", true);
}
bool Check::list(const Place& place) { return typed(place, yaml::Kind::kList, "must be an array", false); }
bool Check::require_list(const Place& place) {
  return typed(place, yaml::Kind::kList, "must be an array", true);
}
bool Check::map(const Place& place) { return typed(place, yaml::Kind::kMap, "must be an object", false); }
bool Check::require_map(const Place& place) {
  return typed(place, yaml::Kind::kMap, "must be an object", true);
}

std::vector<Place> Check::texts(const Place& place) {
  if (place.node == nullptr) return {};
  if (place.is_text()) return {place};
  if (!place.is(yaml::Kind::kList)) {
    refuse(place, "must be a string or an array of strings");
    return {};
  }
  std::vector<Place> good;
  for (Place& item : place.items()) {
    if (text(item)) good.push_back(std::move(item));
  }
  return good;
}

}  // namespace slipway::card
