#include "text/strict_json.h"

#include <fmt/format.h>

#include "slipway/json.h"

namespace slipway::json {
namespace {

struct Place {
  std::size_t begin;
  std::size_t end;
};

bool is_odd(const Value& value) {
  return value.is_number() && value.number_text().find_first_of("NI") != std::string::npos;
}

std::string below(const std::string& path, std::string_view key) {
  return path.empty() ? std::string(key) : fmt::format("{}.{}", path, key);
}

void collect(const Value& value, const std::string& path, std::vector<Place>& places,
             std::vector<std::string>& paths) {
  if (is_odd(value)) {
    places.push_back({value.begin, value.end});
    paths.push_back(path);
  }
  for (std::size_t i = 0; i < value.items().size(); ++i) {
    collect(value.items()[i], below(path, std::to_string(i)), places, paths);
  }
  for (const auto& [key, member] : value.members()) collect(member, below(path, key), places, paths);
}

}  // namespace

Result<std::string> strict_json(std::string_view text, std::vector<std::string>& replaced) {
  SLIPWAY_ASSIGN(const Value root, parse(text, {.allow_nan = true}));
  std::vector<Place> places;
  collect(root, "", places, replaced);
  std::string strict(text);
  for (std::size_t i = places.size(); i-- > 0;) {
    strict.replace(places[i].begin, places[i].end - places[i].begin, "null");
  }
  return strict;
}

}  // namespace slipway::json
