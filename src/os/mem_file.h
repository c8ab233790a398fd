// os/mem_file.h - open files and locks of the disk in memory.
//
// Contract   As slipway/file_system.h; dead (kIo) after a power cut.
// Threads    MemReadFile: share freely. MemWriteFile: one thread.
#pragma once

#include "os/mem_disk.h"

namespace slipway::os {

FileStat to_file_stat(const MemNode& node);

// What an open file and a lock have in common. Made while the disk's mutex is held.
struct MemHandle {
  std::shared_ptr<MemDisk> disk;
  MemNodePtr node;
  Path path;
  std::uint64_t boot = disk->boots;

  Result<void> check_alive() const;  // with the mutex held
};

class MemReadFile : public ReadFile {
 public:
  explicit MemReadFile(MemHandle handle) : handle_(std::move(handle)) {}
  Result<std::size_t> read_at(std::uint64_t offset, MutableBytes out) override;
  Result<FileStat> stat() override;
  std::string_view name() const override { return handle_.path; }

 private:
  const MemHandle handle_;
};

class MemWriteFile : public WriteFile {
 public:
  explicit MemWriteFile(MemHandle handle) : handle_(std::move(handle)) {}
  Result<void> write_at(std::uint64_t offset, Bytes bytes) override;
  Result<void> preallocate(std::uint64_t size_bytes) override;
  Result<void> copy_range(ReadFile& from, std::uint64_t from_offset, std::uint64_t to_offset,
                          std::uint64_t size_bytes) override;
  Result<void> truncate(std::uint64_t size_bytes) override;
  Result<void> sync() override;

 private:
  const MemHandle handle_;
};

class MemFileLock : public FileLock {
 public:
  explicit MemFileLock(MemHandle handle) : handle_(std::move(handle)) {}
  ~MemFileLock() override;

 private:
  const MemHandle handle_;
};

}  // namespace slipway::os
