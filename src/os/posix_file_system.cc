#include "os/posix_file_system.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "os/os_error.h"
#include "os/posix_file.h"

namespace slipway::os {
namespace {

constexpr int kLockAttemptsMax = 16;

// The kernel would stop reading at a NUL and act on another file than the one named.
Result<void> check_name(const Path& path) {
  if (path.find('\0') == Path::npos) return {};
  return fail(ErrorCode::kInvalidArgument,
              fmt::format("{}: a path cannot hold a NUL character", path.substr(0, path.find('\0'))));
}

Result<FileDescriptor> open_path(const Path& path, int flags, mode_t mode = 0) {
  SLIPWAY_TRY(check_name(path));
  FileDescriptor file(retry_interrupted([&] { return ::open(path.c_str(), flags | O_CLOEXEC, mode); }));
  if (!file.valid()) return fail_os(errno, path);
  return file;
}

// O_NONBLOCK so that a FIFO answers at once instead of waiting for its other end.
Result<FileDescriptor> open_regular(const Path& path, int flags) {
  SLIPWAY_ASSIGN(FileDescriptor file, open_path(path, flags | O_NONBLOCK | O_NOCTTY));
  struct ::stat seen{};
  if (::fstat(file.get(), &seen) != 0) return fail_os(errno, path);
  if (S_ISDIR(seen.st_mode)) return fail_os(EISDIR, path);
  if (!S_ISREG(seen.st_mode)) return fail(ErrorCode::kIo, path + ": not a regular file");
  return file;
}

// A descriptor that whoever started us left open for us, and a pipe: elsewhere a FIFO is an accident.
bool is_handed_over(const Path& path) {
  struct ::stat seen{};
  return (path.starts_with("/dev/fd/") || path == "/dev/stdin") && ::stat(path.c_str(), &seen) == 0 &&
         S_ISFIFO(seen.st_mode);
}

// Opened without waiting for the other end, then read with waiting.
Result<std::unique_ptr<ReadFile>> open_pipe(const Path& path) {
  SLIPWAY_ASSIGN(FileDescriptor file, open_path(path, O_RDONLY | O_NONBLOCK));
  if (::fcntl(file.get(), F_SETFL, 0) != 0) return fail_os(errno, path);
  return std::make_unique<PipeReadFile>(std::move(file), path);
}

// For the calls that take a path and answer 0 or -1.
template <class Call>
Result<void> on_path(const Path& path, Call call) {
  SLIPWAY_TRY(check_name(path));
  if (retry_interrupted([&] { return call(path.c_str()); }) != 0) return fail_os(errno, path);
  return {};
}

FileKind kind_of(const dirent& entry, int folder) {
  switch (entry.d_type) {
    case DT_REG:
      return FileKind::kFile;
    case DT_DIR:
      return FileKind::kDirectory;
    case DT_LNK:
      return FileKind::kSymlink;
    case DT_UNKNOWN:
      break;  // some file systems do not tell
    default:
      return FileKind::kOther;
  }
  struct ::stat seen{};
  if (::fstatat(folder, entry.d_name, &seen, AT_SYMLINK_NOFOLLOW) != 0) return FileKind::kOther;
  return to_file_stat(seen).kind;
}

class PosixFileLock : public FileLock {
 public:
  explicit PosixFileLock(FileDescriptor file) : file_(std::move(file)) {}

 private:
  const FileDescriptor file_;  // closing it releases the lock
};

}  // namespace

Result<std::unique_ptr<ReadFile>> PosixFileSystem::open_read(const Path& path) {
  SLIPWAY_TRY(check_name(path));
  if (is_handed_over(path)) return open_pipe(path);
  SLIPWAY_ASSIGN(FileDescriptor file, open_regular(path, O_RDONLY));
  return std::make_unique<PosixReadFile>(std::move(file), path);
}

Result<std::unique_ptr<WriteFile>> PosixFileSystem::create_new(const Path& path, std::uint32_t mode) {
  const mode_t first_mode = mode == kModeFromUmask ? 0666 : static_cast<mode_t>(mode);
  SLIPWAY_ASSIGN(FileDescriptor file, open_path(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, first_mode));
  if (mode != kModeFromUmask && ::fchmod(file.get(), first_mode) != 0) {
    const Error error = os_error(errno, path);
    ::unlink(path.c_str());
    return std::unexpected(error);
  }
  return std::make_unique<PosixWriteFile>(std::move(file), path);
}

Result<std::unique_ptr<WriteFile>> PosixFileSystem::open_write(const Path& path) {
  SLIPWAY_ASSIGN(FileDescriptor file, open_regular(path, O_WRONLY));
  return std::make_unique<PosixWriteFile>(std::move(file), path);
}

Result<void> PosixFileSystem::rename(const Path& from, const Path& to) {
  SLIPWAY_TRY(check_name(from));
  SLIPWAY_TRY(check_name(to));
  if (::rename(from.c_str(), to.c_str()) == 0) return {};
  return fail_os(errno, fmt::format("{} -> {}", from, to));
}

Result<void> PosixFileSystem::remove(const Path& path) {
  return on_path(path, [](const char* name) { return ::unlink(name); });
}

Result<void> PosixFileSystem::remove_dir(const Path& path) {
  return on_path(path, [](const char* name) { return ::rmdir(name); });
}

Result<void> PosixFileSystem::sync_dir(const Path& path) {
  SLIPWAY_ASSIGN(const FileDescriptor folder, open_path(path, O_RDONLY | O_DIRECTORY));
  if (retry_interrupted([&] { return ::fsync(folder.get()); }) == 0) return {};
  if (errno == EINVAL) return {};  // this file system has no such call: its names are as safe as they get
  return fail_os(errno, path);
}

Result<void> PosixFileSystem::make_dir(const Path& path) {
  return on_path(path, [](const char* name) { return ::mkdir(name, 0777); });
}

Result<std::vector<DirEntry>> PosixFileSystem::list(const Path& path) {
  SLIPWAY_TRY(check_name(path));
  const std::unique_ptr<DIR, int (*)(DIR*)> folder(::opendir(path.c_str()), &::closedir);
  if (!folder) return fail_os(errno, path);
  std::vector<DirEntry> entries;
  for (;;) {
    errno = 0;
    const dirent* entry = ::readdir(folder.get());
    if (entry == nullptr) break;
    std::string name = entry->d_name;
    if (name == "." || name == "..") continue;
    entries.push_back({.name = std::move(name), .kind = kind_of(*entry, ::dirfd(folder.get()))});
  }
  if (errno != 0) return fail_os(errno, path);
  std::ranges::sort(entries, {}, &DirEntry::name);
  return entries;
}

Result<FileStat> PosixFileSystem::stat(const Path& path) {
  struct ::stat seen{};
  SLIPWAY_TRY(on_path(path, [&](const char* name) { return ::stat(name, &seen); }));
  return to_file_stat(seen);
}

Result<FileStat> PosixFileSystem::link_stat(const Path& path) {
  struct ::stat seen{};
  SLIPWAY_TRY(on_path(path, [&](const char* name) { return ::lstat(name, &seen); }));
  return to_file_stat(seen);
}

Result<Path> PosixFileSystem::real_path(const Path& path) {
  SLIPWAY_TRY(check_name(path));
  const std::unique_ptr<char, void (*)(void*)> found(::realpath(path.c_str(), nullptr), &std::free);
  if (!found) return fail_os(errno, path);
  return Path(found.get());
}

Result<void> PosixFileSystem::make_symlink(const Path& target, const Path& path) {
  return on_path(path, [&](const char* name) { return ::symlink(target.c_str(), name); });
}

Result<void> PosixFileSystem::set_mode(const Path& path, std::uint32_t mode) {
  return on_path(path, [&](const char* name) { return ::chmod(name, static_cast<mode_t>(mode)); });
}

Result<std::uint64_t> PosixFileSystem::free_space(const Path& path) {
  struct ::statvfs seen{};
  SLIPWAY_TRY(on_path(path, [&](const char* name) { return ::statvfs(name, &seen); }));
  return checked_mul(seen.f_bavail, seen.f_frsize).value_or(UINT64_MAX);
}

// flock() and not fcntl(): it belongs to the open file, so that a second lock of this very process is
// refused too. A holder may remove the file when it is done; who locked the removed one tries again.
Result<std::unique_ptr<FileLock>> PosixFileSystem::lock(const Path& path) {
  for (int attempt = 0; attempt < kLockAttemptsMax; ++attempt) {
    SLIPWAY_ASSIGN(FileDescriptor file, open_path(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK, 0666));
    if (retry_interrupted([&] { return ::flock(file.get(), LOCK_EX | LOCK_NB); }) != 0) {
      if (errno != EWOULDBLOCK) return fail_os(errno, path);
      return fail(ErrorCode::kBusy, path + ": locked by another process");
    }
    struct ::stat held{};
    struct ::stat named{};
    if (::fstat(file.get(), &held) != 0) return fail_os(errno, path);
    if (::lstat(path.c_str(), &named) == 0 && held.st_ino == named.st_ino && held.st_dev == named.st_dev) {
      return std::make_unique<PosixFileLock>(std::move(file));
    }
  }
  return fail(ErrorCode::kBusy, path + ": locked and released by others all the time");
}

}  // namespace slipway::os
