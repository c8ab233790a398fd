// flow/in_run.h - a place in a run's folder that may be written: no link leads out of the folder on the way
// there.
//
// Contract   A run may come from anybody, with links and with a journal of ours in it. check_in_run() makes
//            nothing; place_in_run() makes the folders on the way.
// Threads    one thread
// Errors     kRefused naming the place; kIo
#pragma once

#include <string>

#include "slipway/file_system.h"
#include "slipway/result.h"

namespace slipway::flow {

Result<void> check_in_run(os::FileSystem& fs, const os::Path& run, const std::string& path);
Result<os::Path> place_in_run(os::FileSystem& fs, const os::Path& run, const std::string& path);

}  // namespace slipway::flow
