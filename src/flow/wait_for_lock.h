// flow/wait_for_lock.h - the lock of one file, once no other process holds it.
//
// Threads    share freely
// Errors     kInterrupted; kIo
#pragma once

#include <memory>

#include "os/world.h"

namespace slipway::flow {

// Makes the folder of the lock, again where somebody who was done has just taken it away.
Result<std::unique_ptr<os::FileLock>> wait_for_lock(os::World& world, const os::Path& path);

}  // namespace slipway::flow
