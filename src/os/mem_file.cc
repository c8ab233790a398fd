#include "os/mem_file.h"

#include <algorithm>
#include <cerrno>

#include "os/os_error.h"

namespace slipway::os {
namespace {

constexpr std::uint64_t kFileBytesMax = std::uint64_t{4} << 30;
constexpr std::size_t kCopyPieceBytes = 1 << 20;

Result<void> check_range(std::uint64_t offset, std::uint64_t size_bytes, const Path& path) {
  if (offset > kFileBytesMax || size_bytes > kFileBytesMax - offset) return fail_os(EFBIG, path);
  return {};
}

}  // namespace

FileStat to_file_stat(const MemNode& node) {
  return {.kind = node.kind,
          .size_bytes = node.now.data.size(),
          .mtime_ns = node.now.mtime_ns,
          .inode = node.inode,
          .device = 1,
          .mode = node.now.mode};
}

Result<void> MemHandle::check_alive() const {
  if (boot != disk->boots) return fail_os(EIO, path);
  return {};
}

Result<std::size_t> MemReadFile::read_at(std::uint64_t offset, MutableBytes out) {
  const std::scoped_lock hold(handle_.disk->mutex);
  SLIPWAY_TRY(handle_.check_alive());
  const Bytes data = as_bytes(handle_.node->now.data);
  if (offset >= data.size()) return 0;
  const Bytes found = data.subspan(offset, std::min<std::uint64_t>(out.size(), data.size() - offset));
  std::ranges::copy(found, out.begin());
  return found.size();
}

Result<FileStat> MemReadFile::stat() {
  const std::scoped_lock hold(handle_.disk->mutex);
  SLIPWAY_TRY(handle_.check_alive());
  return to_file_stat(*handle_.node);
}

Result<void> MemWriteFile::write_at(std::uint64_t offset, Bytes bytes) {
  const std::scoped_lock hold(handle_.disk->mutex);
  SLIPWAY_TRY(handle_.check_alive());
  SLIPWAY_TRY(check_range(offset, bytes.size(), handle_.path));
  MemNode& node = *handle_.node;
  const std::uint64_t room = handle_.disk->room_for(node);
  const Bytes fits = bytes.first(std::min<std::uint64_t>(bytes.size(), offset < room ? room - offset : 0));
  std::string& data = node.now.data;
  if (!fits.empty()) {
    data.resize(std::max<std::size_t>(data.size(), offset + fits.size()));
    std::ranges::copy(as_text(fits), data.begin() + static_cast<std::ptrdiff_t>(offset));
    handle_.disk->touch(node);
  }
  if (fits.size() < bytes.size()) return fail_os(ENOSPC, handle_.path);
  return {};
}

Result<void> MemWriteFile::preallocate(std::uint64_t size_bytes) {
  const std::scoped_lock hold(handle_.disk->mutex);
  SLIPWAY_TRY(handle_.check_alive());
  SLIPWAY_TRY(check_range(0, size_bytes, handle_.path));
  if (size_bytes > handle_.disk->room_for(*handle_.node)) return fail_os(ENOSPC, handle_.path);
  handle_.node->reserved_bytes = std::max(handle_.node->reserved_bytes, size_bytes);
  return {};
}

Result<void> MemWriteFile::copy_range(ReadFile& from, std::uint64_t from_offset, std::uint64_t to_offset,
                                      std::uint64_t size_bytes) {
  ByteVector piece(std::min<std::uint64_t>(size_bytes, kCopyPieceBytes));
  for (std::uint64_t done = 0; done < size_bytes;) {
    const auto part = MutableBytes(piece).first(std::min<std::uint64_t>(size_bytes - done, piece.size()));
    SLIPWAY_TRY(from.read_exact(from_offset + done, part));
    SLIPWAY_TRY(write_at(to_offset + done, part));
    done += part.size();
  }
  return {};
}

Result<void> MemWriteFile::truncate(std::uint64_t size_bytes) {
  const std::scoped_lock hold(handle_.disk->mutex);
  SLIPWAY_TRY(handle_.check_alive());
  SLIPWAY_TRY(check_range(0, size_bytes, handle_.path));
  if (size_bytes > handle_.disk->room_for(*handle_.node)) return fail_os(ENOSPC, handle_.path);
  handle_.node->now.data.resize(size_bytes);
  handle_.node->reserved_bytes = std::min(handle_.node->reserved_bytes, size_bytes);
  handle_.disk->touch(*handle_.node);
  return {};
}

Result<void> MemWriteFile::sync() {
  const std::scoped_lock hold(handle_.disk->mutex);
  SLIPWAY_TRY(handle_.check_alive());
  MemDisk::sync_file(*handle_.node);
  return {};
}

MemFileLock::~MemFileLock() {
  const std::scoped_lock hold(handle_.disk->mutex);
  if (handle_.check_alive()) handle_.disk->locked.erase(handle_.node.get());
}

}  // namespace slipway::os
