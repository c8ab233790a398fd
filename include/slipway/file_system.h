// slipway/file_system.h - the only door to files; a user may bring a disk of his own.
//
// Floor      os
// Contract   A write is durable only after sync(); a new, renamed or removed name only after
//            sync_dir() of its parent. Nothing else is promised. Paths are '/'-separated UTF-8; a
//            relative one is relative to the process's working directory.
// Errors     kNotFound; kAlreadyExists; kNoSpace; kIo with os_error; each message names the path.
//            os/os_error.h maps the numbers of the kernel.
// Threads    FileSystem and ReadFile: share freely. A WriteFile belongs to one thread.
// Doubles    os/mem_file_system.h forgets what was not synced; os/faulty_file_system.h fails the
//            call you choose; os/counting_file_system.h counts calls and bytes.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "slipway/bytes.h"
#include "slipway/result.h"

namespace slipway::os {

using Path = std::string;

enum class FileKind : std::uint8_t { kFile, kDirectory, kSymlink, kOther };

struct FileStat {
  FileKind kind = FileKind::kFile;
  std::uint64_t size_bytes = 0;
  std::int64_t mtime_ns = 0;
  std::uint64_t inode = 0;
  std::uint64_t device = 0;
  std::uint32_t mode = 0;  // permission bits only, e.g. 0644

  bool operator==(const FileStat&) const = default;
};

struct DirEntry {
  std::string name;
  FileKind kind = FileKind::kFile;
};

class ReadFile {
 public:
  virtual ~ReadFile() = default;
  // Up to out.size() bytes from `offset`; fewer only at the end of the file, 0 past it.
  virtual Result<std::size_t> read_at(std::uint64_t offset, MutableBytes out) = 0;
  virtual Result<FileStat> stat() = 0;
  // How messages call this file: its path.
  virtual std::string_view name() const { return "the file"; }
  // Fills `out` or fails with kCorruptData "ends early".
  Result<void> read_exact(std::uint64_t offset, MutableBytes out);
};

class WriteFile {
 public:
  virtual ~WriteFile() = default;
  virtual Result<void> write_at(std::uint64_t offset, Bytes bytes) = 0;
  // Reserves space so that a full disk shows before the work, not in the middle of it. The size stays.
  virtual Result<void> preallocate(std::uint64_t size_bytes) = 0;
  // Copies a range without passing through our memory where the file system can (reflink,
  // copy_file_range); by reading and writing elsewhere.
  virtual Result<void> copy_range(ReadFile& from, std::uint64_t from_offset, std::uint64_t to_offset,
                                  std::uint64_t size_bytes) = 0;
  virtual Result<void> truncate(std::uint64_t size_bytes) = 0;
  virtual Result<void> sync() = 0;
};

// Held until destroyed. Also released by the death of the process.
class FileLock {
 public:
  virtual ~FileLock() = default;
};

class FileSystem {
 public:
  static constexpr std::uint32_t kModeFromUmask = 0;

  virtual ~FileSystem() = default;
  virtual Result<std::unique_ptr<ReadFile>> open_read(const Path& path) = 0;  // follows links
  // kAlreadyExists when the name is taken, also by a dangling link: never written through. A mode that
  // is given is set exactly.
  virtual Result<std::unique_ptr<WriteFile>> create_new(const Path& path,
                                                        std::uint32_t mode = kModeFromUmask) = 0;
  virtual Result<std::unique_ptr<WriteFile>> open_write(const Path& path) = 0;  // an existing file
  virtual Result<void> rename(const Path& from, const Path& to) = 0;            // atomic within one volume
  virtual Result<void> remove(const Path& path) = 0;                            // a file or a link
  virtual Result<void> remove_dir(const Path& path) = 0;                        // an empty folder
  virtual Result<void> sync_dir(const Path& path) = 0;
  virtual Result<void> make_dir(const Path& path) = 0;  // kAlreadyExists when there
  // A link at `path` that says `target`, word for word; kAlreadyExists when the name is taken.
  virtual Result<void> make_symlink(const Path& target, const Path& path) = 0;
  virtual Result<std::vector<DirEntry>> list(const Path& path) = 0;  // sorted by name
  virtual Result<FileStat> stat(const Path& path) = 0;               // follows links
  virtual Result<FileStat> link_stat(const Path& path) = 0;          // does not
  virtual Result<Path> real_path(const Path& path) = 0;              // absolute, without links
  virtual Result<void> set_mode(const Path& path, std::uint32_t mode) = 0;
  virtual Result<std::uint64_t> free_space(const Path& path) = 0;
  // kBusy when another process (or another lock of this one) holds it. Creates the file.
  virtual Result<std::unique_ptr<FileLock>> lock(const Path& path) = 0;
};

}  // namespace slipway::os
