// flow/own_pull_request.h - the pull request that an interrupted run of ours left, told from all others.
//
// Contract   Anybody may open one with our title and our plan's mark. Ours is by the token's own account,
//            against the default branch, and its ref grew out of the head that the plan was made on; one
//            of ours that grew out of another is told, and left as it is. Read requests only.
// Limits     `commits_max` commits of its history
// Threads    one thread
// Errors     as hub/client.h
#pragma once

#include <optional>
#include <string>

#include "flow/observer.h"
#include "hub/client.h"

namespace slipway::flow {

struct OwnPullRequest {
  const hub::wire::RepoId& repo;
  const std::string& title;
  std::string mark{};  // plan_mark()
  const std::string& head;
  std::size_t commits_max = 0;
};

Result<std::optional<std::uint64_t>> find_own_pull_request(hub::Client& client, const OwnPullRequest& wanted,
                                                           Observer& observer);

// Whether a Hub has no such thing, or not for us.
bool is_refusal(const Error& error);

}  // namespace slipway::flow
