// flow/commit_surely.h - one commit, never doubled: a lost reply is looked up before anything is resent.
//
// Contract   The commit's description ends with "Slipway-Plan: <id>". After an answer that leaves doubt
//            the branch's history is walked back to the parent; the commit right on it, with our line, means
//            done. Others can write that line: what was looked up is for the caller to compare.
// Threads    one thread
// Errors     kConflict, kRefused, ... as the Hub said; kNetwork or kUnavailable after all retries
#pragma once

#include <string>

#include "hub/client.h"
#include "os/world.h"

namespace slipway::flow {

// The line by which a commit or a pull request of a plan is known.
std::string plan_mark(std::string_view plan);

struct SureCommit {
  std::string commit{};
  std::string url{};
  bool looked_up = false;  // found in the history, not answered
};

// `request` has a parent.
Result<SureCommit> commit_surely(os::World& world, hub::Client& client, const hub::wire::RepoId& repo,
                                 const std::string& revision, hub::wire::CommitRequest request,
                                 const std::string& plan);

}  // namespace slipway::flow
