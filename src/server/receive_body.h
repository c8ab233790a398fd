// server/receive_body.h - a request's body into a new file, hashed on the way.
//
// Contract   The file is whole and synced when this returns; else it is removed.
// Limits     memory: one piece of 1 MiB
// Threads    one thread
// Errors     kCorruptData (more or fewer bytes than announced), kNetwork, kNoSpace, kIo
#pragma once

#include <string>

#include "slipway/file_system.h"
#include "slipway/http.h"

namespace slipway::server {

// Gives the SHA-256. Bytes past `size_bytes` are refused, not read.
Result<std::string> receive_body(os::FileSystem& files, const os::Path& path, std::uint64_t size_bytes,
                                 os::BodyReader& body);

}  // namespace slipway::server
