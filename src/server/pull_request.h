// server/pull_request.h - what discussions and commits share: events, and what a pull request would merge to.
//
// Threads    value
#pragma once

#include <string>
#include <string_view>

#include "server/hub.h"
#include "server/three_way.h"

namespace slipway::server {

EventRow make_event(Hub& hub, const Account& account, std::string_view kind, const json::Value& data);
EventRow comment_event(Hub& hub, const Account& account, const std::string& text);
EventRow status_event(Hub& hub, const Account& account, const std::string& status);
EventRow commit_event(Hub& hub, const Account& account, const CommitRow& commit);

// The pull request's branch and ref as they are, and what comes of putting them together.
struct Merging {
  CommitRow base{};  // the branch's head
  CommitRow head{};  // of the ref
  ThreeWay result{};
};
Result<Merging> plan_merge(Hub& hub, const RepoRow& repo, const DiscussionRow& pull);

// What the pull request changes, for `git apply`; cut off after 1 MiB.
Result<std::string> pull_diff(Hub& hub, const RepoRow& repo, const DiscussionRow& pull);

std::string discussion_url(const Exchange& exchange, const RepoRow& repo, std::int64_t num);

// Makes the branch hold what the pull request holds, by one commit. Refuses by itself.
void merge_pull_request(Hub& hub, Exchange& exchange, const Account& account, const RepoRow& repo,
                        const DiscussionRow& pull, const std::string& comment);

}  // namespace slipway::server
