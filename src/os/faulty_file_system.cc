#include "os/faulty_file_system.h"

#include <fmt/format.h>

#include <cerrno>

#include "os/os_error.h"

namespace slipway::os {

FaultyFileSystem::FaultyFileSystem(FileSystem& inner, std::uint64_t fail_at, Mode mode, ErrorCode code)
    : ObservedFileSystem(inner), fail_at_(fail_at), mode_(mode), code_(code) {
  SLIPWAY_CHECK(code == ErrorCode::kIo || code == ErrorCode::kNoSpace);
}

std::string FaultyFileSystem::failed_call() const {
  const std::scoped_lock hold(mutex_);
  return failed_call_;
}

Result<void> FaultyFileSystem::before(FileCall call, const Path& path) {
  const std::uint64_t number = calls_.fetch_add(1);
  if (number < fail_at_ || (number > fail_at_ && mode_ == Mode::kTransient)) return {};
  if (number == fail_at_) {
    const std::scoped_lock hold(mutex_);
    failed_call_ = fmt::format("{} {}", file_call_name(call), path);
  }
  return fail_os(code_ == ErrorCode::kNoSpace ? ENOSPC : EIO, path);
}

}  // namespace slipway::os
