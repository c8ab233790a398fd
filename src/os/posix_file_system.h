// os/posix_file_system.h - the machine's own disk.
//
// Contract   As slipway/file_system.h. Descriptors do not pass to child processes. Only regular files are
//            opened: a FIFO or a device in a run folder would block or never end.
// Limits     a path holding a NUL is kInvalidArgument
// Threads    share freely
#pragma once

#include "slipway/file_system.h"

namespace slipway::os {

class PosixFileSystem : public FileSystem {
 public:
  Result<std::unique_ptr<ReadFile>> open_read(const Path& path) override;
  // A mode that is given is set exactly; without one the process's umask decides.
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
};

}  // namespace slipway::os
