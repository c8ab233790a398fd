// flow/pull.h - fetches a repository: into a folder, or into the Hub cache that stock clients share.
//
// Contract   A file takes its final name only when its size and digest are what the tree says; a later
//            call fetches only what is missing or different, and goes on with what was half fetched, however
//            that ended. In the cache a file lies in blobs/ under its etag, with a link to it under
//            snapshots/<commit>/. Offline nothing is asked: the cache has the whole snapshot, or kOffline.
// Limits     100,000 files; `jobs` requests at a time, 1 MiB of memory each
// Threads    one thread calls; files are fetched through the Executor
// Errors     kNotFound; kCorruptData naming a file whose bytes are wrong; kNoSpace before the first byte;
//            kOffline; as hub/client.h
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "flow/observer.h"
#include "hub/client.h"
#include "os/world.h"

namespace slipway::flow {

struct PullOptions {
  std::string repo{};
  std::string revision = "main";
  std::optional<os::Path> out{};
  std::vector<std::string> include{};
  std::vector<std::string> exclude{};
  std::size_t jobs = 4;
  bool offline = false;
};

struct PullResult {
  std::string repo{};
  std::string revision{};
  std::string commit{};
  os::Path folder{};
  std::vector<std::string> files{};
  std::uint64_t received_bytes = 0;
  std::uint64_t already_there_bytes = 0;
  double seconds = 0;
};

Result<PullResult> pull(os::World& world, hub::Client& client, const PullOptions& options,
                        Observer& observer);

}  // namespace slipway::flow
