#include <fmt/format.h>

#include "base/encoding.h"
#include "hub/wire/paths.h"
#include "hub/wire/types.h"
#include "os/path.h"

namespace slipway::hub::wire {
namespace {

constexpr std::size_t kNameCharsMax = 96;
constexpr std::size_t kPathBytesMax = 1024;

bool is_name_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
         c == '.';
}

bool is_edge(char c) { return c == '-' || c == '.'; }

}  // namespace

Result<void> check_repo_name(std::string_view name) {
  const auto wrong = [&](std::string_view rule) {
    return fail(ErrorCode::kInvalidArgument, fmt::format("'{}' is no repository name: {}", name, rule));
  };
  if (name.empty()) return wrong("it is empty");
  if (name.size() > kNameCharsMax) return wrong("at most 96 characters");
  for (const char c : name) {
    if (!is_name_char(c)) return wrong("only letters, digits, '-', '_' and '.'");
  }
  if (is_edge(name.front()) || is_edge(name.back())) return wrong("it may not begin or end with '-' or '.'");
  if (name.find("--") != std::string_view::npos || name.find("..") != std::string_view::npos) {
    return wrong("no '--' and no '..'");
  }
  if (name.ends_with(".git")) return wrong("it may not end with '.git'");
  return {};
}

Result<RepoId> parse_repo_id(std::string_view text) {
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos || text.find('/', slash + 1) != std::string_view::npos) {
    return fail(ErrorCode::kInvalidArgument,
                fmt::format("'{}' is no repository; write it as OWNER/NAME", text));
  }
  SLIPWAY_TRY(check_repo_name(text.substr(0, slash)));
  SLIPWAY_TRY(check_repo_name(text.substr(slash + 1)));
  return RepoId{std::string(text.substr(0, slash)), std::string(text.substr(slash + 1))};
}

Result<void> check_path(std::string_view path) {
  const auto wrong = [&](std::string_view rule) {
    return fail(ErrorCode::kInvalidArgument, fmt::format("'{}' is no path of a repository: {}", path, rule));
  };
  if (!os::is_plain_relative(path)) return wrong("it must be relative, without empty, '.' or '..' parts");
  if (path.size() > kPathBytesMax) return wrong("at most 1,024 bytes");
  if (!is_utf8(path)) return wrong("it is not UTF-8");
  for (std::string_view rest = path; !rest.empty();) {
    const std::size_t slash = rest.find('/');
    if (rest.substr(0, slash) == ".git") return wrong("'.git' belongs to git");
    if (slash == std::string_view::npos) break;
    rest.remove_prefix(slash + 1);
  }
  return {};
}

}  // namespace slipway::hub::wire
