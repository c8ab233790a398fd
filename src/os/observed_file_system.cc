#include "os/observed_file_system.h"

#include <array>

#include "os/observed_file.h"

namespace slipway::os {

std::string_view file_call_name(FileCall call) {
  static constexpr std::array<std::string_view, kFileCallKinds> kNames{
      "open_read", "create_new",  "open_write", "rename",       "remove",    "remove_dir",
      "sync_dir",  "make_dir",    "list",       "stat",         "link_stat", "real_path",
      "set_mode",  "free_space",  "lock",       "make_symlink", "read_at",   "file_stat",
      "write_at",  "preallocate", "copy_range", "truncate",     "sync"};
  return kNames[static_cast<std::size_t>(call)];
}

void ObservedFileSystem::after_bytes(FileCall, std::uint64_t) {}

Result<std::unique_ptr<ReadFile>> ObservedFileSystem::open_read(const Path& path) {
  SLIPWAY_TRY(before(FileCall::kOpenRead, path));
  SLIPWAY_ASSIGN(auto file, inner_.open_read(path));
  return std::make_unique<ObservedReadFile>(*this, std::move(file), path);
}

Result<std::unique_ptr<WriteFile>> ObservedFileSystem::create_new(const Path& path, std::uint32_t mode) {
  SLIPWAY_TRY(before(FileCall::kCreateNew, path));
  SLIPWAY_ASSIGN(auto file, inner_.create_new(path, mode));
  return std::make_unique<ObservedWriteFile>(*this, std::move(file), path);
}

Result<std::unique_ptr<WriteFile>> ObservedFileSystem::open_write(const Path& path) {
  SLIPWAY_TRY(before(FileCall::kOpenWrite, path));
  SLIPWAY_ASSIGN(auto file, inner_.open_write(path));
  return std::make_unique<ObservedWriteFile>(*this, std::move(file), path);
}

Result<void> ObservedFileSystem::rename(const Path& from, const Path& to) {
  SLIPWAY_TRY(before(FileCall::kRename, from));
  return inner_.rename(from, to);
}

Result<void> ObservedFileSystem::remove(const Path& path) {
  SLIPWAY_TRY(before(FileCall::kRemove, path));
  return inner_.remove(path);
}

Result<void> ObservedFileSystem::remove_dir(const Path& path) {
  SLIPWAY_TRY(before(FileCall::kRemoveDir, path));
  return inner_.remove_dir(path);
}

Result<void> ObservedFileSystem::sync_dir(const Path& path) {
  SLIPWAY_TRY(before(FileCall::kSyncDir, path));
  return inner_.sync_dir(path);
}

Result<void> ObservedFileSystem::make_dir(const Path& path) {
  SLIPWAY_TRY(before(FileCall::kMakeDir, path));
  return inner_.make_dir(path);
}

Result<std::vector<DirEntry>> ObservedFileSystem::list(const Path& path) {
  SLIPWAY_TRY(before(FileCall::kList, path));
  return inner_.list(path);
}

Result<FileStat> ObservedFileSystem::stat(const Path& path) {
  SLIPWAY_TRY(before(FileCall::kStat, path));
  return inner_.stat(path);
}

Result<FileStat> ObservedFileSystem::link_stat(const Path& path) {
  SLIPWAY_TRY(before(FileCall::kLinkStat, path));
  return inner_.link_stat(path);
}

Result<Path> ObservedFileSystem::real_path(const Path& path) {
  SLIPWAY_TRY(before(FileCall::kRealPath, path));
  return inner_.real_path(path);
}

Result<void> ObservedFileSystem::make_symlink(const Path& target, const Path& path) {
  SLIPWAY_TRY(before(FileCall::kMakeSymlink, path));
  return inner_.make_symlink(target, path);
}

Result<void> ObservedFileSystem::set_mode(const Path& path, std::uint32_t mode) {
  SLIPWAY_TRY(before(FileCall::kSetMode, path));
  return inner_.set_mode(path, mode);
}

Result<std::uint64_t> ObservedFileSystem::free_space(const Path& path) {
  SLIPWAY_TRY(before(FileCall::kFreeSpace, path));
  return inner_.free_space(path);
}

Result<std::unique_ptr<FileLock>> ObservedFileSystem::lock(const Path& path) {
  SLIPWAY_TRY(before(FileCall::kLock, path));
  return inner_.lock(path);
}

}  // namespace slipway::os
