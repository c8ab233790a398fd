// flow/fetch_file.h - one remote file to one local path, verified before it takes its name.
//
// Threads    several files at a time; one caller a path
// Errors     kCorruptData when the bytes are not what the tree says; as hub/client.h
#pragma once

#include <functional>
#include <string>

#include "hub/client.h"
#include "os/world.h"

namespace slipway::flow {

struct FetchJob {
  hub::wire::RepoId repo{};
  std::string commit{};
  hub::RemoteFile file{};
  os::Path target{};
};

// Whether `path` holds the file's bytes already.
Result<bool> holds_file(os::FileSystem& fs, const os::Path& path, const hub::RemoteFile& file);
Result<void> fetch_file(os::World& world, hub::Client& client, const FetchJob& job,
                        const std::function<void(std::uint64_t)>& received);

}  // namespace slipway::flow
