#include "os/observed_file.h"

namespace slipway::os {

Result<std::size_t> ObservedReadFile::read_at(std::uint64_t offset, MutableBytes out) {
  SLIPWAY_TRY(disk_.before(FileCall::kReadAt, path_));
  auto got = inner_->read_at(offset, out);
  if (got) disk_.after_bytes(FileCall::kReadAt, *got);
  return got;
}

Result<FileStat> ObservedReadFile::stat() {
  SLIPWAY_TRY(disk_.before(FileCall::kFileStat, path_));
  return inner_->stat();
}

Result<void> ObservedWriteFile::write_at(std::uint64_t offset, Bytes bytes) {
  auto allowed = disk_.before(FileCall::kWriteAt, path_);
  const Bytes written = allowed ? bytes : bytes.first(bytes.size() / 2);
  auto done = inner_->write_at(offset, written);
  if (done) disk_.after_bytes(FileCall::kWriteAt, written.size());
  return allowed ? done : allowed;
}

Result<void> ObservedWriteFile::preallocate(std::uint64_t size_bytes) {
  SLIPWAY_TRY(disk_.before(FileCall::kPreallocate, path_));
  return inner_->preallocate(size_bytes);
}

// The inner disk is given its own file, so that the kernel can still copy by itself.
Result<void> ObservedWriteFile::copy_range(ReadFile& from, std::uint64_t from_offset, std::uint64_t to_offset,
                                           std::uint64_t size_bytes) {
  SLIPWAY_TRY(disk_.before(FileCall::kCopyRange, path_));
  auto* observed = dynamic_cast<ObservedReadFile*>(&from);
  const bool ours = observed != nullptr && &observed->disk() == &disk_;
  auto done = inner_->copy_range(ours ? observed->inner() : from, from_offset, to_offset, size_bytes);
  if (done) disk_.after_bytes(FileCall::kCopyRange, size_bytes);
  return done;
}

Result<void> ObservedWriteFile::truncate(std::uint64_t size_bytes) {
  SLIPWAY_TRY(disk_.before(FileCall::kTruncate, path_));
  return inner_->truncate(size_bytes);
}

Result<void> ObservedWriteFile::sync() {
  SLIPWAY_TRY(disk_.before(FileCall::kSync, path_));
  return inner_->sync();
}

}  // namespace slipway::os
