#include "flow/release_tree.h"

#include <algorithm>
#include <set>

#include "flow/remote.h"

namespace slipway::flow {
namespace {

constexpr std::string_view kLargeFile = " filter=lfs diff=lfs merge=lfs -text";

std::multiset<std::string_view> lines_of(std::string_view text) {
  std::multiset<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (!line.empty()) lines.insert(line);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

}  // namespace

const hub::RemoteFile* find_file(const RemoteFiles& files, std::string_view path) {
  const auto at = std::ranges::find(files, path, &hub::RemoteFile::path);
  return at == files.end() ? nullptr : &*at;
}

bool same_file(const hub::RemoteFile* a, const hub::RemoteFile* b) {
  if (a == nullptr || b == nullptr) return a == b;
  return a->git_oid == b->git_oid && a->sha256 == b->sha256;
}

std::optional<std::string> foreign_path(const ReleaseTree& release, const RemoteFiles& tree) {
  const std::vector<std::string> not_ours = changed_paths(tree, release.digests);
  const auto is_ours = [&](const std::string& path) {
    return release.digests.contains(path) && !std::ranges::binary_search(not_ours, path);
  };
  std::map<std::string_view, const hub::RemoteFile*> before;
  for (const hub::RemoteFile& file : release.head) before[file.path] = &file;
  for (const hub::RemoteFile& file : tree) {
    const auto at = before.find(file.path);
    const bool known = at != before.end() && same_file(at->second, &file);
    if (at != before.end()) before.erase(at);
    if (known || is_ours(file.path) || file.path == kAttributesName || file.path == release.rewritten)
      continue;
    return file.path;
  }
  for (const std::string& path : release.deleted) before.erase(path);
  before.erase(kAttributesName);
  if (before.empty()) return std::nullopt;
  return std::string(before.begin()->first);
}

bool only_large_files_added(std::string_view before, std::string_view after) {
  const auto old_lines = lines_of(before);
  auto added = lines_of(after);
  for (const std::string_view line : old_lines) {
    const auto at = added.find(line);
    if (at == added.end()) return false;
    added.erase(at);
  }
  return std::ranges::all_of(added, [](std::string_view line) { return line.ends_with(kLargeFile); });
}

}  // namespace slipway::flow
