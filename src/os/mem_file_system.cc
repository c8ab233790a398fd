#include "os/mem_file_system.h"

#include <fmt/format.h>

#include <cerrno>

#include "os/mem_disk.h"
#include "os/mem_file.h"
#include "os/os_error.h"

namespace slipway::os {
namespace {

constexpr std::uint32_t kFileMode = 0644;  // as with the usual umask of 022
constexpr std::uint32_t kFolderMode = 0755;

Result<MemPlace> find_file(const MemDisk& disk, const Path& path) {
  SLIPWAY_ASSIGN(MemPlace place, disk.find_existing(path, true));
  if (place.node->kind == FileKind::kDirectory) return fail_os(EISDIR, path);
  return place;
}

// Why the kernel would refuse to put `from` in the place of `to`; 0 when it would not.
int rename_refusal(const MemPlace& from, const MemPlace& to) {
  if (!from.folder || !to.folder) return EBUSY;  // the root
  const bool moves_folder = from.node->kind == FileKind::kDirectory;
  if (moves_folder && to.path.starts_with(from.path + "/")) return EINVAL;
  if (!to.node) return 0;
  if (moves_folder && to.node->kind != FileKind::kDirectory) return ENOTDIR;
  if (!moves_folder && to.node->kind == FileKind::kDirectory) return EISDIR;
  return moves_folder && !to.node->now.entries.empty() ? ENOTEMPTY : 0;
}

}  // namespace

MemFileSystem::MemFileSystem() : disk_(std::make_shared<MemDisk>()) {}
MemFileSystem::~MemFileSystem() = default;

Result<std::unique_ptr<ReadFile>> MemFileSystem::open_read(const Path& path) {
  const std::scoped_lock hold(disk_->mutex);
  SLIPWAY_ASSIGN(const MemPlace place, find_file(*disk_, path));
  return std::make_unique<MemReadFile>(MemHandle{.disk = disk_, .node = place.node, .path = path});
}

Result<std::unique_ptr<WriteFile>> MemFileSystem::create_new(const Path& path, std::uint32_t mode) {
  const std::scoped_lock hold(disk_->mutex);
  SLIPWAY_ASSIGN(const MemPlace place, disk_->find(path, false));
  if (place.node) return fail_os(EEXIST, path);
  const MemNodePtr node = disk_->make_node(FileKind::kFile, mode == kModeFromUmask ? kFileMode : mode);
  disk_->change_names({.addition = MemNameChange{place.folder, place.name, node}});
  return std::make_unique<MemWriteFile>(MemHandle{.disk = disk_, .node = node, .path = path});
}

Result<std::unique_ptr<WriteFile>> MemFileSystem::open_write(const Path& path) {
  const std::scoped_lock hold(disk_->mutex);
  SLIPWAY_ASSIGN(const MemPlace place, find_file(*disk_, path));
  return std::make_unique<MemWriteFile>(MemHandle{.disk = disk_, .node = place.node, .path = path});
}

Result<void> MemFileSystem::rename(const Path& from, const Path& to) {
  const std::scoped_lock hold(disk_->mutex);
  SLIPWAY_ASSIGN(const MemPlace source, disk_->find_existing(from, false));
  SLIPWAY_ASSIGN(const MemPlace target, disk_->find(to, false));
  if (source.node == target.node) return {};  // two names of one file: POSIX leaves both
  if (const int refusal = rename_refusal(source, target); refusal != 0) {
    return fail_os(refusal, fmt::format("{} -> {}", from, to));
  }
  disk_->change_names({.removal = MemNameChange{source.folder, source.name, nullptr},
                       .addition = MemNameChange{target.folder, target.name, source.node}});
  return {};
}

Result<void> MemFileSystem::remove(const Path& path) {
  const std::scoped_lock hold(disk_->mutex);
  SLIPWAY_ASSIGN(const MemPlace place, disk_->find_existing(path, false));
  if (place.node->kind == FileKind::kDirectory) return fail_os(EISDIR, path);
  disk_->change_names({.removal = MemNameChange{place.folder, place.name, nullptr}});
  return {};
}

Result<void> MemFileSystem::remove_dir(const Path& path) {
  const std::scoped_lock hold(disk_->mutex);
  SLIPWAY_ASSIGN(const MemPlace place, disk_->find_existing(path, false));
  if (place.node->kind != FileKind::kDirectory) return fail_os(ENOTDIR, path);
  if (!place.node->now.entries.empty()) return fail_os(ENOTEMPTY, path);
  if (!place.folder) return fail_os(EBUSY, path);
  disk_->change_names({.removal = MemNameChange{place.folder, place.name, nullptr}});
  return {};
}

Result<void> MemFileSystem::sync_dir(const Path& path) {
  const std::scoped_lock hold(disk_->mutex);
  SLIPWAY_ASSIGN(const MemPlace place, disk_->find_existing(path, true));
  if (place.node->kind != FileKind::kDirectory) return fail_os(ENOTDIR, path);
  disk_->sync_folder(place.node);
  return {};
}

Result<void> MemFileSystem::make_dir(const Path& path) {
  const std::scoped_lock hold(disk_->mutex);
  SLIPWAY_ASSIGN(const MemPlace place, disk_->find(path, false));
  if (place.node) return fail_os(EEXIST, path);
  const MemNodePtr node = disk_->make_node(FileKind::kDirectory, kFolderMode);
  disk_->change_names({.addition = MemNameChange{place.folder, place.name, node}});
  return {};
}

Result<void> MemFileSystem::make_symlink(const Path& target, const Path& path) {
  const std::scoped_lock hold(disk_->mutex);
  SLIPWAY_ASSIGN(const MemPlace place, disk_->find(path, false));
  if (place.node) return fail_os(EEXIST, path);
  const MemNodePtr node = disk_->make_node(FileKind::kSymlink, 0777);
  node->now.data = target;
  MemDisk::sync_file(*node);  // a link's text is as durable as its name
  disk_->change_names({.addition = MemNameChange{place.folder, place.name, node}});
  return {};
}

Result<std::vector<DirEntry>> MemFileSystem::list(const Path& path) {
  const std::scoped_lock hold(disk_->mutex);
  SLIPWAY_ASSIGN(const MemPlace place, disk_->find_existing(path, true));
  if (place.node->kind != FileKind::kDirectory) return fail_os(ENOTDIR, path);
  std::vector<DirEntry> entries;
  for (const auto& [name, node] : place.node->now.entries)
    entries.push_back({.name = name, .kind = node->kind});
  return entries;
}

Result<FileStat> MemFileSystem::stat(const Path& path) {
  const std::scoped_lock hold(disk_->mutex);
  SLIPWAY_ASSIGN(const MemPlace place, disk_->find_existing(path, true));
  return to_file_stat(*place.node);
}

Result<FileStat> MemFileSystem::link_stat(const Path& path) {
  const std::scoped_lock hold(disk_->mutex);
  SLIPWAY_ASSIGN(const MemPlace place, disk_->find_existing(path, false));
  return to_file_stat(*place.node);
}

Result<Path> MemFileSystem::real_path(const Path& path) {
  const std::scoped_lock hold(disk_->mutex);
  SLIPWAY_ASSIGN(const MemPlace place, disk_->find_existing(path, true));
  return place.path;
}

Result<void> MemFileSystem::set_mode(const Path& path, std::uint32_t mode) {
  const std::scoped_lock hold(disk_->mutex);
  SLIPWAY_ASSIGN(const MemPlace place, disk_->find_existing(path, true));
  place.node->now.mode = mode;
  disk_->count_change();
  return {};
}

Result<std::uint64_t> MemFileSystem::free_space(const Path& path) {
  const std::scoped_lock hold(disk_->mutex);
  SLIPWAY_TRY(disk_->find_existing(path, true));
  return disk_->free_bytes();
}

Result<std::unique_ptr<FileLock>> MemFileSystem::lock(const Path& path) {
  const std::scoped_lock hold(disk_->mutex);
  SLIPWAY_ASSIGN(MemPlace place, disk_->find(path, false));
  if (!place.node) {
    place.node = disk_->make_node(FileKind::kFile, kFileMode);
    disk_->change_names({.addition = MemNameChange{place.folder, place.name, place.node}});
  }
  if (place.node->kind == FileKind::kSymlink) return fail_os(ELOOP, path);
  if (place.node->kind == FileKind::kDirectory) return fail_os(EISDIR, path);
  if (!disk_->locked.insert(place.node.get()).second) {
    return fail(ErrorCode::kBusy, path + ": locked by another process");
  }
  return std::make_unique<MemFileLock>(MemHandle{.disk = disk_, .node = place.node, .path = path});
}

}  // namespace slipway::os
