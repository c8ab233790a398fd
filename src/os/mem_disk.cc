#include "os/mem_disk.h"

#include <algorithm>
#include <cerrno>
#include <deque>

#include "os/os_error.h"
#include "os/path.h"

namespace slipway::os {
namespace {

constexpr int kLinksMax = 40;  // as Linux
constexpr std::size_t kNameBytesMax = 255;
constexpr std::int64_t kFirstTimeNs = 1'700'000'000'000'000'000;
constexpr std::int64_t kTickNs = 1'000'000;

void prepend_parts(std::deque<std::string>& parts, std::string_view path) {
  std::vector<std::string> found;
  while (!path.empty()) {
    const std::size_t slash = std::min(path.find('/'), path.size());
    const std::string_view part = path.substr(0, slash);
    if (!part.empty() && part != ".") found.emplace_back(part);
    path.remove_prefix(std::min(slash + 1, path.size()));
  }
  parts.insert(parts.begin(), found.begin(), found.end());
}

// The steps of a look-up: the folders walked through, so that ".." knows the way back.
struct Walk {
  std::vector<MemPlace> trail;
  std::deque<std::string> parts;
  int links = 0;

  void restart(const MemNodePtr& root) { trail.assign(1, MemPlace{.node = root, .path = "/"}); }
};

// One name further. True when `walk` has arrived at the place itself.
Result<bool> step(Walk& walk, const MemNodePtr& root, bool follow_last, const Path& asked) {
  const std::string part = walk.parts.front();
  walk.parts.pop_front();
  const MemPlace folder = walk.trail.back();
  if (folder.node->kind != FileKind::kDirectory) return fail_os(ENOTDIR, asked);
  if (part == "..") {
    if (walk.trail.size() > 1) walk.trail.pop_back();
    return walk.parts.empty();
  }
  if (part.size() > kNameBytesMax) return fail_os(ENAMETOOLONG, asked);
  const auto found = folder.node->now.entries.find(part);
  const MemNodePtr node = found == folder.node->now.entries.end() ? nullptr : found->second;
  const bool last = walk.parts.empty();
  if (!node && !last) return fail_os(ENOENT, asked);
  if (node && node->kind == FileKind::kSymlink && (!last || follow_last)) {
    if (++walk.links > kLinksMax) return fail_os(ELOOP, asked);
    if (node->now.data.starts_with('/')) walk.restart(root);
    prepend_parts(walk.parts, node->now.data);
    return walk.parts.empty();
  }
  walk.trail.push_back({.folder = folder.node, .name = part, .node = node, .path = join(folder.path, part)});
  return last;
}

}  // namespace

MemDisk::MemDisk() : root_(make_node(FileKind::kDirectory, 0755)) { sync_file(*root_); }

Result<MemPlace> MemDisk::find(const Path& path, bool follow_last) const {
  if (path.find('\0') != Path::npos) {
    return fail(ErrorCode::kInvalidArgument,
                path.substr(0, path.find('\0')) + ": a path cannot hold a NUL character");
  }
  if (path.empty()) return fail_os(ENOENT, path);
  Walk walk;
  walk.restart(root_);
  prepend_parts(walk.parts, path);
  bool arrived = walk.parts.empty();
  while (!arrived) {
    SLIPWAY_ASSIGN(arrived, step(walk, root_, follow_last || path.ends_with('/'), path));
  }
  const MemPlace& place = walk.trail.back();
  if (path.ends_with('/') && place.node && place.node->kind != FileKind::kDirectory)
    return fail_os(ENOTDIR, path);
  return place;
}

Result<MemPlace> MemDisk::find_existing(const Path& path, bool follow_last) const {
  SLIPWAY_ASSIGN(MemPlace place, find(path, follow_last));
  if (!place.node) return fail_os(ENOENT, path);
  return place;
}

std::int64_t MemDisk::next_time() { return kFirstTimeNs + kTickNs * static_cast<std::int64_t>(++changes_); }

MemNodePtr MemDisk::make_node(FileKind kind, std::uint32_t mode) {
  auto node = std::make_shared<MemNode>();
  node->kind = kind;
  node->inode = ++inodes_;
  node->now.mode = mode;
  node->durable.mode = mode;
  touch(*node);
  node->durable.mtime_ns = node->now.mtime_ns;
  return node;
}

std::vector<MemNodePtr> MemDisk::all_nodes() const {
  std::vector<MemNodePtr> nodes{root_};
  std::set<const MemNode*> seen{root_.get()};
  for (std::size_t at = 0; at < nodes.size(); ++at) {
    const MemEntries entries = nodes[at]->now.entries;
    for (const auto& [name, node] : entries) {
      if (seen.insert(node.get()).second) nodes.push_back(node);
    }
  }
  return nodes;
}

std::uint64_t MemDisk::used_bytes() const {
  std::uint64_t sum = 0;
  for (const MemNodePtr& node : all_nodes())
    sum += std::max<std::uint64_t>(node->now.data.size(), node->reserved_bytes);
  return sum;
}

void MemDisk::set_free_bytes(std::uint64_t free_bytes) { capacity_bytes_ = used_bytes() + free_bytes; }

std::uint64_t MemDisk::free_bytes() const {
  constexpr std::uint64_t kUnlimitedBytes = std::uint64_t{1} << 50;
  if (!capacity_bytes_) return kUnlimitedBytes;
  const std::uint64_t used = used_bytes();
  return used < *capacity_bytes_ ? *capacity_bytes_ - used : 0;
}

std::uint64_t MemDisk::room_for(const MemNode& node) const {
  return std::max<std::uint64_t>(node.now.data.size(), node.reserved_bytes) + free_bytes();
}

}  // namespace slipway::os
