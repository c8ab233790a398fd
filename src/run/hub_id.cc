#include <algorithm>

#include "run/base_model.h"

namespace slipway::run {
namespace {

constexpr std::size_t kNameCharactersMax = 96;

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

// One part of an id: word characters, '-' and '.', with a word character at both ends.
bool is_id_part(std::string_view part) {
  if (part.empty() || !is_word(part.front()) || !is_word(part.back())) return false;
  return std::ranges::all_of(part, [](char c) { return is_word(c) || c == '-' || c == '.'; });
}

}  // namespace

bool is_hub_id(std::string_view text) {
  const bool has_pair =
      text.find("--") != std::string_view::npos || text.find("..") != std::string_view::npos;
  if (has_pair || text.ends_with(".git")) return false;
  const std::size_t slash = text.find('/');
  const std::string_view name = slash == std::string_view::npos ? text : text.substr(slash + 1);
  if (slash != std::string_view::npos && !is_id_part(text.substr(0, slash))) return false;
  return is_id_part(name) && name.size() <= kNameCharactersMax;
}

std::string id_of_cache_path(std::string_view path) {
  constexpr std::string_view kPrefix = "models--";
  while (!path.empty()) {
    const std::size_t slash = path.find('/');
    const std::string_view part = path.substr(0, slash);
    path = slash == std::string_view::npos ? "" : path.substr(slash + 1);
    const bool is_snapshot = path.starts_with("snapshots/");
    if (!is_snapshot || !part.starts_with(kPrefix)) continue;
    std::string id(part.substr(kPrefix.size()));
    if (const auto pair = id.find("--"); pair != std::string::npos) id.replace(pair, 2, "/");
    return is_hub_id(id) ? id : "";
  }
  return "";
}

}  // namespace slipway::run
