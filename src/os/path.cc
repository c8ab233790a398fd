#include "os/path.h"

#include <algorithm>

namespace slipway::os {
namespace {

std::string_view without_trailing_slashes(std::string_view path) {
  while (path.size() > 1 && path.back() == '/') path.remove_suffix(1);
  return path;
}

}  // namespace

Path join(std::string_view folder, std::string_view name) {
  if (folder.empty() || name.starts_with('/')) return Path(name);
  Path path(folder);
  if (!name.empty() && path.back() != '/') path += '/';
  return path.append(name);
}

Path parent(std::string_view path) {
  path = without_trailing_slashes(path);
  const std::size_t slash = path.rfind('/');
  if (slash == std::string_view::npos) return ".";
  return Path(without_trailing_slashes(path.substr(0, std::max<std::size_t>(slash, 1))));
}

std::string base_name(std::string_view path) {
  path = without_trailing_slashes(path);
  if (path == "/") return "/";
  return std::string(path.substr(path.rfind('/') + 1));  // npos + 1 is 0
}

bool is_plain_relative(std::string_view path) {
  using namespace std::string_view_literals;
  if (path.find_first_of("\0\\"sv) != std::string_view::npos) return false;
  for (;;) {
    const std::size_t slash = path.find('/');
    const std::string_view part = path.substr(0, slash);
    if (part.empty() || part == "." || part == "..") return false;
    if (slash == std::string_view::npos) return true;
    path.remove_prefix(slash + 1);
  }
}

}  // namespace slipway::os
