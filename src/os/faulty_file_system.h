// os/faulty_file_system.h - a disk whose n-th call fails, once or from then on.
//
// Contract   Calls are counted from 0, those of open files too (os/observed_file_system.h). A failed call
//            does nothing, but a failed write has written its first half. Fail call 0, then 1, then 2, until
//            a run does not reach the failure (`fired()` is false): every path through an error was walked.
// Threads    share freely
// Errors     kIo (EIO) or kNoSpace (ENOSPC), naming the path, as the machine's disk words them
#pragma once

#include <atomic>
#include <limits>
#include <mutex>
#include <string>

#include "os/observed_file_system.h"

namespace slipway::os {

class FaultyFileSystem : public ObservedFileSystem {
 public:
  enum class Mode : std::uint8_t { kTransient, kPersistent };
  static constexpr std::uint64_t kNever = std::numeric_limits<std::uint64_t>::max();

  // `code` is kIo or kNoSpace. kNoSpace strikes reads too: whoever wants only writes to fail has
  // MemFileSystem::set_free_space().
  explicit FaultyFileSystem(FileSystem& inner, std::uint64_t fail_at = kNever, Mode mode = Mode::kTransient,
                            ErrorCode code = ErrorCode::kIo);

  bool fired() const { return calls() > fail_at_; }
  std::uint64_t calls() const { return calls_.load(); }
  std::string failed_call() const;  // the first one: "rename /repo/config.json.partial"; empty when none

  Result<void> before(FileCall call, const Path& path) override;

 private:
  const std::uint64_t fail_at_;
  const Mode mode_;
  const ErrorCode code_;
  std::atomic<std::uint64_t> calls_ = 0;
  mutable std::mutex mutex_;
  std::string failed_call_;  // guarded by mutex_
};

}  // namespace slipway::os
