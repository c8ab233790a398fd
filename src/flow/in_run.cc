#include "flow/in_run.h"

#include <fmt/format.h>

#include "os/path.h"

namespace slipway::flow {

Result<void> check_in_run(os::FileSystem& fs, const os::Path& run, const std::string& path) {
  const os::Path target = os::join(run, path);
  SLIPWAY_ASSIGN(const os::Path real_run, fs.real_path(run));
  os::Path there = os::parent(target);
  for (auto found = fs.stat(there); !found && found.error().code == ErrorCode::kNotFound && there != run;
       found = fs.stat(there))
    there = os::parent(there);
  SLIPWAY_ASSIGN(const os::Path real_folder, fs.real_path(there));
  if (real_folder == real_run || real_folder.starts_with(real_run == "/" ? real_run : real_run + "/"))
    return {};
  return fail(
      ErrorCode::kRefused,
      fmt::format("{} lies outside of the run, where a link leads; nothing is written there", target));
}

Result<os::Path> place_in_run(os::FileSystem& fs, const os::Path& run, const std::string& path) {
  SLIPWAY_TRY(check_in_run(fs, run, path));
  os::Path target = os::join(run, path);
  SLIPWAY_TRY(os::make_dirs(fs, os::parent(target)));
  return target;
}

}  // namespace slipway::flow
