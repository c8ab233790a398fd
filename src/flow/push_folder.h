// flow/push_folder.h - publishes a folder as it is: all of it but training state, hidden state and links out.
//
// Contract   Files that only the remote has stay, except weight files that a new set would be shadowed
//            by, and what `deleted` names. A dry run sends read requests only.
// Threads    one thread calls
// Errors     as flow/ship.h; kRefused for a link that leaves the folder
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "flow/batches.h"
#include "flow/publish.h"

namespace slipway::flow {

struct PushOptions {
  os::Path folder{};
  std::string repo{};
  std::string revision = "main";
  std::vector<std::string> include{};
  std::vector<std::string> exclude{};
  std::vector<std::string> deleted{};  // globs over remote paths
  std::optional<bool> make_private{};
  std::string commit_message = "Upload folder using slipway";
  std::vector<std::string> allowed_secrets{};
  bool create_pr = false;      // --create-pr
  bool allow_several = false;  // --allow-several-commits
  CommitLimits limits{};
  bool replan = false;
  bool dry_run = false;
  std::size_t jobs = 4;
};

Result<PublishResult> push_folder(os::World& world, hub::Client& client, const PushOptions& options,
                                  Observer& observer);

// Whether `push` leaves this file at home: .git, .cache, .slipway*, training state, secrets.
bool stays_home(std::string_view path);

}  // namespace slipway::flow
