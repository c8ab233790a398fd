#include "os/posix_file.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/vfs.h>

#include <algorithm>
#include <limits>

#include "os/os_error.h"

namespace slipway::os {
namespace {

constexpr std::size_t kCopyPieceBytes = 1 << 20;
constexpr std::uint64_t kWaitingBytesMax = 32 << 20;
constexpr std::uint64_t kOffsetMax = std::numeric_limits<off_t>::max();

// The kernel counts offsets with a sign: what does not fit is refused here, before it turns negative.
Result<void> check_range(std::uint64_t offset, std::uint64_t size_bytes, const Path& path) {
  if (offset > kOffsetMax || size_bytes > kOffsetMax - offset) return fail_os(EFBIG, path);
  return {};
}

// A disk of memory has no blocks to keep together; reserving there fills every page twice.
bool is_memory_disk(int descriptor) {
  struct ::statfs seen{};
  return ::fstatfs(descriptor, &seen) == 0 && seen.f_type == TMPFS_MAGIC;
}

Result<FileStat> stat_of(const FileDescriptor& file, const Path& path) {
  struct ::stat seen{};
  if (::fstat(file.get(), &seen) != 0) return fail_os(errno, path);
  return to_file_stat(seen);
}

}  // namespace

FileStat to_file_stat(const struct ::stat& from) {
  FileStat to;
  to.kind = S_ISREG(from.st_mode)   ? FileKind::kFile
            : S_ISDIR(from.st_mode) ? FileKind::kDirectory
            : S_ISLNK(from.st_mode) ? FileKind::kSymlink
                                    : FileKind::kOther;
  to.size_bytes = static_cast<std::uint64_t>(from.st_size);
  to.mtime_ns = from.st_mtim.tv_sec * std::int64_t{1'000'000'000} + from.st_mtim.tv_nsec;
  to.inode = from.st_ino;
  to.device = from.st_dev;
  to.mode = from.st_mode & 07777u;
  return to;
}

Result<std::size_t> PosixReadFile::read_at(std::uint64_t offset, MutableBytes out) {
  SLIPWAY_TRY(check_range(offset, out.size(), path_));
  std::size_t done = 0;
  while (done < out.size()) {
    const MutableBytes rest = out.subspan(done);
    const ssize_t got = retry_interrupted(
        [&] { return ::pread(file_.get(), rest.data(), rest.size(), static_cast<off_t>(offset + done)); });
    if (got < 0) return fail_os(errno, path_);
    if (got == 0) break;
    done += static_cast<std::size_t>(got);
  }
  return done;
}

Result<FileStat> PosixReadFile::stat() { return stat_of(file_, path_); }

Result<std::size_t> PipeReadFile::read_at(std::uint64_t offset, MutableBytes out) {
  if (offset != position_) return fail(ErrorCode::kIo, path_ + ": a pipe can be read only once");
  std::size_t done = 0;
  while (done < out.size()) {
    const ssize_t got = ::read(file_.get(), out.data() + done, out.size() - done);
    if (got < 0 && errno == EINTR) return fail(ErrorCode::kInterrupted, "stopped while waiting for " + path_);
    if (got < 0) return fail_os(errno, path_);
    if (got == 0) break;
    done += static_cast<std::size_t>(got);
  }
  position_ += done;
  return done;
}

Result<FileStat> PipeReadFile::stat() { return stat_of(file_, path_); }

Result<void> PosixWriteFile::write_at(std::uint64_t offset, Bytes bytes) {
  SLIPWAY_TRY(check_range(offset, bytes.size(), path_));
  std::size_t done = 0;
  while (done < bytes.size()) {
    const Bytes rest = bytes.subspan(done);
    const ssize_t put = retry_interrupted(
        [&] { return ::pwrite(file_.get(), rest.data(), rest.size(), static_cast<off_t>(offset + done)); });
    if (put < 0) return fail_os(errno, path_);
    if (put == 0) return fail_os(ENOSPC, path_);
    done += static_cast<std::size_t>(put);
  }
  wrote(done);
  return {};
}

// Sets the disk to work while the rest is still being made, so that sync() finds little left to wait for. It
// neither waits nor takes the error that sync() is there to tell.
void PosixWriteFile::wrote(std::uint64_t size_bytes) {
  waiting_bytes_ += size_bytes;
  if (waiting_bytes_ < kWaitingBytesMax) return;
  waiting_bytes_ = 0;
  ::sync_file_range(file_.get(), 0, 0, SYNC_FILE_RANGE_WRITE);
}

// fallocate() and not posix_fallocate(): the latter writes every block where the file system cannot
// reserve, which costs what it was meant to save. The size stays, as where nothing is reserved.
Result<void> PosixWriteFile::preallocate(std::uint64_t size_bytes) {
  SLIPWAY_TRY(check_range(0, size_bytes, path_));
  if (size_bytes == 0 || is_memory_disk(file_.get())) return {};
  const int answer = retry_interrupted(
      [&] { return ::fallocate(file_.get(), FALLOC_FL_KEEP_SIZE, 0, static_cast<off_t>(size_bytes)); });
  if (answer == 0 || errno == EOPNOTSUPP || errno == ENOSYS) return {};
  return fail_os(errno, path_);
}

// Shares blocks instead of copying them where the file system can (Btrfs, XFS).
Result<std::uint64_t> PosixWriteFile::copy_inside_kernel(const PosixReadFile& from, std::uint64_t from_offset,
                                                         std::uint64_t to_offset, std::uint64_t size_bytes) {
  auto source = static_cast<off_t>(from_offset);
  auto target = static_cast<off_t>(to_offset);
  std::uint64_t done = 0;
  while (done < size_bytes) {
    const ssize_t put = retry_interrupted([&] {
      return ::copy_file_range(from.descriptor(), &source, file_.get(), &target, size_bytes - done, 0);
    });
    if (put < 0 && (errno == ENOSPC || errno == EDQUOT || errno == EIO)) return fail_os(errno, path_);
    if (put <= 0) break;  // another volume, an old kernel, the end of the file: the slow way will tell
    done += static_cast<std::uint64_t>(put);
  }
  wrote(done);
  return done;
}

Result<void> PosixWriteFile::copy_range(ReadFile& from, std::uint64_t from_offset, std::uint64_t to_offset,
                                        std::uint64_t size_bytes) {
  SLIPWAY_TRY(check_range(from_offset, size_bytes, path_));
  SLIPWAY_TRY(check_range(to_offset, size_bytes, path_));
  std::uint64_t done = 0;
  if (const auto* source = dynamic_cast<const PosixReadFile*>(&from)) {
    SLIPWAY_ASSIGN(done, copy_inside_kernel(*source, from_offset, to_offset, size_bytes));
  }
  ByteVector piece(std::min<std::uint64_t>(size_bytes - done, kCopyPieceBytes));
  while (done < size_bytes) {
    const auto part = MutableBytes(piece).first(std::min<std::uint64_t>(size_bytes - done, piece.size()));
    SLIPWAY_TRY(from.read_exact(from_offset + done, part));
    SLIPWAY_TRY(write_at(to_offset + done, part));
    done += part.size();
  }
  return {};
}

Result<void> PosixWriteFile::truncate(std::uint64_t size_bytes) {
  SLIPWAY_TRY(check_range(0, size_bytes, path_));
  const int answer =
      retry_interrupted([&] { return ::ftruncate(file_.get(), static_cast<off_t>(size_bytes)); });
  if (answer != 0) return fail_os(errno, path_);
  return {};
}

Result<void> PosixWriteFile::sync() {
  if (sync_failed_ == 0 && retry_interrupted([&] { return ::fsync(file_.get()); }) != 0) sync_failed_ = errno;
  if (sync_failed_ != 0) return fail_os(sync_failed_, path_);
  return {};
}

}  // namespace slipway::os
