// os/observed_file_system.h - what the wrappers share: every call of a disk, and of its open files, passes
//                             one place first.
//
// Contract   before() sees each call and may refuse it; after_bytes() hears what a read, write or copy moved.
//            Closing a file and releasing a lock are no calls: they cannot fail. The inner disk must outlive
//            the wrapper, and the wrapper its files. Wrappers stack.
// Threads    as the inner disk
#pragma once

#include "slipway/file_system.h"

namespace slipway::os {

enum class FileCall : std::uint8_t {
  kOpenRead,
  kCreateNew,
  kOpenWrite,
  kRename,
  kRemove,
  kRemoveDir,
  kSyncDir,
  kMakeDir,
  kList,
  kStat,
  kLinkStat,
  kRealPath,
  kSetMode,
  kFreeSpace,
  kLock,
  kMakeSymlink,
  kReadAt,
  kFileStat,
  kWriteAt,
  kPreallocate,
  kCopyRange,
  kTruncate,
  kSync,
};
inline constexpr std::size_t kFileCallKinds = static_cast<std::size_t>(FileCall::kSync) + 1;
std::string_view file_call_name(FileCall call);  // "open_read"

class ObservedFileSystem : public FileSystem {
 public:
  explicit ObservedFileSystem(FileSystem& inner) : inner_(inner) {}

  // A refused write has still written its first half, as on a disk that fills up.
  virtual Result<void> before(FileCall call, const Path& path) = 0;
  virtual void after_bytes(FileCall call, std::uint64_t size_bytes);

  Result<std::unique_ptr<ReadFile>> open_read(const Path& path) override;
  Result<std::unique_ptr<WriteFile>> create_new(const Path& path,
                                                std::uint32_t mode = kModeFromUmask) override;
  Result<std::unique_ptr<WriteFile>> open_write(const Path& path) override;
  Result<void> rename(const Path& from, const Path& to) override;
  Result<void> remove(const Path& path) override;
  Result<void> remove_dir(const Path& path) override;
  Result<void> sync_dir(const Path& path) override;
  Result<void> make_dir(const Path& path) override;
  Result<void> make_symlink(const Path& target, const Path& path) override;
  Result<std::vector<DirEntry>> list(const Path& path) override;
  Result<FileStat> stat(const Path& path) override;
  Result<FileStat> link_stat(const Path& path) override;
  Result<Path> real_path(const Path& path) override;
  Result<void> set_mode(const Path& path, std::uint32_t mode) override;
  Result<std::uint64_t> free_space(const Path& path) override;
  Result<std::unique_ptr<FileLock>> lock(const Path& path) override;

 private:
  FileSystem& inner_;
};

}  // namespace slipway::os
