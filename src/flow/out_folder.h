// flow/out_folder.h - writes a release into a folder of its own, all of it or nothing.
//
// Contract   Files are written under DIR.partial, synced, read back and compared; then the folder takes
//            its name in one rename. A later call keeps what an interrupted one had finished. A DIR that
//            holds exactly the release is left; one that holds anything else is refused.
// Threads    one thread
// Errors     kAlreadyExists, kNoSpace, kIo, kCorruptData (read back different)
#pragma once

#include <map>
#include <string>
#include <vector>

#include "flow/digest_pass.h"
#include "flow/observer.h"
#include "release/release.h"

namespace slipway::flow {

// True when something was written.
Result<bool> write_out(os::FileSystem& fs, const os::Path& out,
                       const std::vector<release::PlannedFile>& files,
                       const std::map<std::string, FileDigest>& digests, Observer& observer);

}  // namespace slipway::flow
