// flow/land.h - how the commits of a release reach their branch, or a pull request.
//
// Contract   What fits into one commit is one. More than that goes commit by commit onto the ref of a draft
//            pull request, which is merged once: the branch moves once. Where no pull request can be had (the
//            branch is not main, or the Hub has none), several commits on the branch itself, if that was
//            allowed. A pull request of the same plan that an interrupted run left is taken up again, if it
//            is the account's own and stands on the same head; what its ref holds is not sent again. Before a
//            merge its tree is the head's with exactly these changes.
// Errors     kConflict (the branch moved), kRefused (somebody else wrote to the pull request), kUnsupported
//            (too much for one commit, and no other way); as commit_surely.h and hub/client.h
// Threads    one thread
#pragma once

#include <map>
#include <optional>
#include <string>

#include "flow/batches.h"
#include "flow/observer.h"
#include "hub/client.h"
#include "os/world.h"
#include "slipway/content.h"

namespace slipway::flow {

struct Landing {
  hub::wire::RepoId repo{};
  std::string revision = "main";
  std::string head{};                                        // of the branch, as the plan saw it
  const std::vector<hub::RemoteFile>* head_files = nullptr;  // of that commit, if they were read
  std::string message{};
  std::string plan{};  // plan id
  Batch all{};
  const std::map<std::string, Digests>& digests;
  std::optional<hub::wire::CommitFile> manifest{};
  bool create_pr = false;
  bool allow_several = false;
  CommitLimits limits{};
};

struct Landed {
  std::string commit{};  // what the tree is read back from
  std::string url{};
  std::optional<std::uint64_t> pull_request{};  // that stays open
  std::uint64_t sent_bytes = 0;                 // of inline content
  bool changed = true;
};

Result<Landed> land(os::World& world, hub::Client& client, const Landing& landing, Observer& observer);

}  // namespace slipway::flow
