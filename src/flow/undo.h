// flow/undo.h - takes back what publish or card changed in place.
//
// Contract   Bytes and modes; files that we made are removed; a file that somebody changed since is left
//            and named. Nothing to undo is no error. Can be interrupted and repeated.
// Threads    one thread
#pragma once

#include "flow/in_place.h"
#include "os/world.h"

namespace slipway::flow {

// The run itself where its state says something, else the checkpoint that publish takes in its place; the run
// where a state was only begun, "" where there is none.
Result<os::Path> folder_with_state(os::FileSystem& files, const os::Path& run);

Result<InPlace::Undone> undo(os::World& world, const os::Path& run);

}  // namespace slipway::flow
