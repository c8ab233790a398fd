// What a test does to the disk in memory from outside: setting up, cutting the power, looking.
#include <fmt/format.h>

#include <random>

#include "os/mem_disk.h"
#include "os/mem_file.h"
#include "os/mem_file_system.h"
#include "os/path.h"

namespace slipway::os {
namespace {

constexpr std::uint64_t kLoadedFileBytesMax = std::uint64_t{1} << 30;

MemPlace place_of(const MemDisk& disk, const Path& path, bool follow_last) {
  auto place = disk.find(path, follow_last);
  SLIPWAY_CHECK(place && place->folder);
  return *place;
}

// The last name of `path` is made too. Folders that are there become durable and stay as they are.
MemNodePtr put_folders(MemDisk& disk, const Path& path) {
  std::vector<Path> missing;
  for (Path folder = path; folder != "/" && folder != "."; folder = parent(folder)) missing.push_back(folder);
  MemNodePtr folder = disk.root();
  for (; !missing.empty(); missing.pop_back()) {
    const MemPlace place = place_of(disk, missing.back(), true);
    folder = place.node ? place.node : disk.make_node(FileKind::kDirectory, 0755);
    disk.set_durable_name({place.folder, place.name, folder});
  }
  SLIPWAY_CHECK(folder->kind == FileKind::kDirectory);
  return folder;
}

MemNodePtr put_file(MemDisk& disk, const Path& path, std::string text, std::uint32_t mode) {
  put_folders(disk, parent(path));
  const MemPlace place = place_of(disk, path, true);
  const MemNodePtr node = place.node ? place.node : disk.make_node(FileKind::kFile, mode);
  SLIPWAY_CHECK(node->kind == FileKind::kFile);
  node->now.data = std::move(text);
  node->now.mode = mode;
  disk.touch(*node);
  MemDisk::sync_file(*node);
  disk.set_durable_name({place.folder, place.name, node});
  return node;
}

void put_link(MemDisk& disk, const Path& target, const Path& path) {
  put_folders(disk, parent(path));
  const MemPlace place = place_of(disk, path, false);
  SLIPWAY_CHECK(!place.node && !target.empty());
  const MemNodePtr node = disk.make_node(FileKind::kSymlink, 0777);
  node->now.data = target;
  MemDisk::sync_file(*node);
  disk.set_durable_name({place.folder, place.name, node});
}

}  // namespace

std::ostream& operator<<(std::ostream& out, const MemTreeEntry& entry) {
  constexpr std::size_t kShownBytesMax = 200;
  const char* kind = entry.kind == FileKind::kDirectory ? "folder"
                     : entry.kind == FileKind::kSymlink ? "link"
                                                        : "file";
  return out << fmt::format("{} {:04o} ({} bytes) {}", kind, entry.mode, entry.content.size(),
                            entry.content.substr(0, kShownBytesMax));
}

void MemFileSystem::crash() {
  const std::scoped_lock hold(disk_->mutex);
  disk_->cut_power([] { return false; });
}

void MemFileSystem::crash(std::uint64_t seed) {
  const std::scoped_lock hold(disk_->mutex);
  std::mt19937_64 luck(seed);
  disk_->cut_power([&] { return (luck() >> 63) != 0; });
}

void MemFileSystem::put(const Path& path, std::string_view text, std::uint32_t mode) {
  const std::scoped_lock hold(disk_->mutex);
  put_file(*disk_, path, std::string(text), mode);
}

void MemFileSystem::put_dir(const Path& path) {
  const std::scoped_lock hold(disk_->mutex);
  put_folders(*disk_, path);
}

void MemFileSystem::put_symlink(const Path& target, const Path& path) {
  const std::scoped_lock hold(disk_->mutex);
  put_link(*disk_, target, path);
}

void MemFileSystem::set_free_space(std::uint64_t free_bytes) {
  const std::scoped_lock hold(disk_->mutex);
  disk_->set_free_bytes(free_bytes);
}

void MemFileSystem::sync_all() {
  const std::scoped_lock hold(disk_->mutex);
  disk_->sync_all();
}

std::optional<std::string> MemFileSystem::text(const Path& path) const {
  const std::scoped_lock hold(disk_->mutex);
  const auto place = disk_->find_existing(path, true);
  if (!place || place->node->kind != FileKind::kFile) return std::nullopt;
  return place->node->now.data;
}

MemTree MemFileSystem::tree(const Path& folder) const {
  const std::scoped_lock hold(disk_->mutex);
  MemTree tree;
  const auto top = disk_->find_existing(folder, true);
  if (!top) return tree;
  std::vector<MemPlace> places{*top};
  while (!places.empty()) {
    const MemPlace place = places.back();
    places.pop_back();
    for (const auto& [name, node] : place.node->now.entries) {
      const Path path = join(place.path, name);
      tree[path] = {.kind = node->kind, .mode = node->now.mode, .content = node->now.data};
      places.push_back({.node = node, .path = path});
    }
  }
  return tree;
}

std::uint64_t MemFileSystem::changes() const {
  const std::scoped_lock hold(disk_->mutex);
  return disk_->changes();
}

Result<void> MemFileSystem::load_from(FileSystem& from, const Path& folder, const Path& to) {
  SLIPWAY_ASSIGN(const Path real_folder, from.real_path(folder));
  std::vector<std::pair<Path, Path>> steps{{real_folder, to}};
  while (!steps.empty()) {
    const auto [source, target] = steps.back();
    steps.pop_back();
    SLIPWAY_ASSIGN(const FileStat seen, from.link_stat(source));
    std::string text;
    Path points_to;
    if (seen.kind == FileKind::kFile) {
      SLIPWAY_ASSIGN(text, read_file(from, source, kLoadedFileBytesMax));
    } else if (seen.kind == FileKind::kSymlink) {
      SLIPWAY_ASSIGN(points_to, from.real_path(source));
      if (points_to.starts_with(real_folder + "/")) points_to = to + points_to.substr(real_folder.size());
    } else {
      SLIPWAY_ASSIGN(const auto entries, from.list(source));
      for (const DirEntry& entry : entries)
        steps.emplace_back(join(source, entry.name), join(target, entry.name));
    }
    const std::scoped_lock hold(disk_->mutex);
    if (seen.kind == FileKind::kSymlink) {
      put_link(*disk_, points_to, target);
      continue;
    }
    const MemNodePtr node = seen.kind == FileKind::kFile
                                ? put_file(*disk_, target, std::move(text), seen.mode)
                                : put_folders(*disk_, target);
    node->now.mode = seen.mode;
    node->now.mtime_ns = seen.mtime_ns;
    MemDisk::sync_file(*node);
  }
  return {};
}

}  // namespace slipway::os
