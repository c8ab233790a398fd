// flow/upload_large.h - sends the large files of a release, several at a time, through the Upload door.
//
// Threads    one thread calls; sends go through the Executor
// Errors     the first failure, once all that were in flight have ended
#pragma once

#include <string>
#include <vector>

#include "flow/observer.h"
#include "hub/client.h"
#include "os/world.h"
#include "slipway/upload.h"

namespace slipway::flow {

struct LargeUploads {
  std::uint64_t sent_bytes = 0;
  std::uint64_t already_there_bytes = 0;  // the Hub's storage had them
};

Result<LargeUploads> upload_large(os::World& world, hub::Client& client, const hub::wire::RepoId& repo,
                                  const std::string& revision, const std::vector<hub::UploadItem>& items,
                                  std::size_t jobs, Observer& observer);

}  // namespace slipway::flow
