// os/posix_file.h - files that the kernel has opened for us.
//
// Contract   As slipway/file_system.h. A file whose sync() once failed never syncs again: the kernel may
//            have dropped the pages it could not write, and a second fsync() would then lie.
// Threads    PosixReadFile: share freely (it keeps no position). The others: one thread.
#pragma once

#include <sys/stat.h>

#include <string_view>

#include "os/file_descriptor.h"
#include "slipway/file_system.h"

namespace slipway::os {

FileStat to_file_stat(const struct ::stat& from);

class PosixReadFile : public ReadFile {
 public:
  PosixReadFile(FileDescriptor file, Path path) : file_(std::move(file)), path_(std::move(path)) {}
  Result<std::size_t> read_at(std::uint64_t offset, MutableBytes out) override;
  Result<FileStat> stat() override;
  std::string_view name() const override { return path_; }
  int descriptor() const { return file_.get(); }

 private:
  const FileDescriptor file_;
  const Path path_;
};

// What a shell hands over as /dev/fd/N: `--token-file <(pass show hub)`. It is read once, from the beginning
// on, and waited for.
class PipeReadFile : public ReadFile {
 public:
  PipeReadFile(FileDescriptor file, Path path) : file_(std::move(file)), path_(std::move(path)) {}
  Result<std::size_t> read_at(std::uint64_t offset, MutableBytes out) override;
  Result<FileStat> stat() override;
  std::string_view name() const override { return path_; }

 private:
  const FileDescriptor file_;
  const Path path_;
  std::uint64_t position_ = 0;
};

class PosixWriteFile : public WriteFile {
 public:
  PosixWriteFile(FileDescriptor file, Path path) : file_(std::move(file)), path_(std::move(path)) {}
  Result<void> write_at(std::uint64_t offset, Bytes bytes) override;
  Result<void> preallocate(std::uint64_t size_bytes) override;
  Result<void> copy_range(ReadFile& from, std::uint64_t from_offset, std::uint64_t to_offset,
                          std::uint64_t size_bytes) override;
  Result<void> truncate(std::uint64_t size_bytes) override;
  Result<void> sync() override;

 private:
  // How many bytes the kernel copied by itself; the rest is for reading and writing.
  Result<std::uint64_t> copy_inside_kernel(const PosixReadFile& from, std::uint64_t from_offset,
                                           std::uint64_t to_offset, std::uint64_t size_bytes);
  void wrote(std::uint64_t size_bytes);

  const FileDescriptor file_;
  const Path path_;
  std::uint64_t waiting_bytes_ = 0;  // written since the disk was last set to work
  int sync_failed_ = 0;              // errno of the first sync() that failed
};

}  // namespace slipway::os
