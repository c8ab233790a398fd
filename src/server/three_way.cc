#include "server/three_way.h"

#include <set>

namespace slipway::server {
namespace {

const FileRow* row_of(const Files& files, const std::string& path) {
  const auto at = files.find(path);
  return at == files.end() ? nullptr : &at->second;
}

bool same(const FileRow* a, const FileRow* b) { return a == nullptr || b == nullptr ? a == b : *a == *b; }

}  // namespace

ThreeWay merge_files(const Files& base, const Files& ours, const Files& theirs) {
  std::set<std::string> paths;
  for (const Files* files : {&base, &ours, &theirs}) {
    for (const auto& [path, row] : *files) paths.insert(path);
  }
  ThreeWay merged;
  for (const std::string& path : paths) {
    const FileRow* before = row_of(base, path);
    const FileRow* here = row_of(ours, path);
    const FileRow* there = row_of(theirs, path);
    const bool take_theirs = same(here, before);
    if (!take_theirs && !same(there, before) && !same(here, there)) merged.conflicts.push_back(path);
    const FileRow* chosen = take_theirs ? there : here;
    if (chosen != nullptr) merged.files.emplace(path, *chosen);
  }
  if (const std::string clash = clashing_path(merged.files); !clash.empty() && merged.conflicts.empty())
    merged.conflicts.push_back(clash);
  return merged;
}

}  // namespace slipway::server
