#include "flow/wait_for_lock.h"

#include "os/path.h"

namespace slipway::flow {
namespace {

constexpr os::Millis kLockPause{200};
constexpr int kFoldersMax = 100;

Result<std::unique_ptr<os::FileLock>> lock_in_folder(os::FileSystem& fs, const os::Path& path) {
  SLIPWAY_TRY(os::make_dirs(fs, os::parent(path)));
  return fs.lock(path);
}

}  // namespace

Result<std::unique_ptr<os::FileLock>> wait_for_lock(os::World& world, const os::Path& path) {
  int gone = 0;
  while (true) {
    auto lock = lock_in_folder(world.files, path);
    if (lock) return lock;
    const ErrorCode code = lock.error().code;
    if (code == ErrorCode::kNotFound && ++gone < kFoldersMax) continue;
    if (code != ErrorCode::kBusy) return lock;
    world.executor.sleep(kLockPause);
    if (world.executor.interrupted())
      return fail(ErrorCode::kInterrupted, "stopped while another process fetches the same file");
  }
}

}  // namespace slipway::flow
