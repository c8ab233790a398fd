// os/observed_file.h - the open files of an ObservedFileSystem.
//
// Threads    as the inner file
#pragma once

#include "os/observed_file_system.h"

namespace slipway::os {

class ObservedReadFile : public ReadFile {
 public:
  ObservedReadFile(ObservedFileSystem& disk, std::unique_ptr<ReadFile> inner, Path path)
      : disk_(disk), inner_(std::move(inner)), path_(std::move(path)) {}
  Result<std::size_t> read_at(std::uint64_t offset, MutableBytes out) override;
  Result<FileStat> stat() override;
  std::string_view name() const override { return path_; }
  ReadFile& inner() { return *inner_; }
  const ObservedFileSystem& disk() const { return disk_; }

 private:
  ObservedFileSystem& disk_;
  const std::unique_ptr<ReadFile> inner_;
  const Path path_;
};

class ObservedWriteFile : public WriteFile {
 public:
  ObservedWriteFile(ObservedFileSystem& disk, std::unique_ptr<WriteFile> inner, Path path)
      : disk_(disk), inner_(std::move(inner)), path_(std::move(path)) {}
  Result<void> write_at(std::uint64_t offset, Bytes bytes) override;
  Result<void> preallocate(std::uint64_t size_bytes) override;
  Result<void> copy_range(ReadFile& from, std::uint64_t from_offset, std::uint64_t to_offset,
                          std::uint64_t size_bytes) override;
  Result<void> truncate(std::uint64_t size_bytes) override;
  Result<void> sync() override;

 private:
  ObservedFileSystem& disk_;
  const std::unique_ptr<WriteFile> inner_;
  const Path path_;
};

}  // namespace slipway::os
