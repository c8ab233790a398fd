// hub/wire/pull_request.h - discussions, pull requests, branches and tags as values, for client and server.
//
// Contract   Parsers are total; keys that are absent or null take the value of a fresh one.
// Source     docs/wire/client.md; huggingface_hub, community.py and hf_api.py
// Threads    value
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "slipway/json.h"
#include "slipway/result.h"

namespace slipway::hub::wire {

// POST .../discussions
struct OpenDiscussion {
  std::string title;
  std::string description{};
  bool pull_request = false;
};
json::Value write_open_discussion(const OpenDiscussion& wanted);
Result<OpenDiscussion> read_open_discussion(const json::Value& body);
Result<std::uint64_t> read_discussion_number(const json::Value& body);  // of its answer: "num"

// "filesWithConflicts": a list of paths, or true when the server cannot tell them.
struct Conflicts {
  bool any = false;
  std::vector<std::string> paths{};
};
Conflicts read_conflicts(const json::Value& body);

enum class DiscussionStatus { kDraft, kOpen, kClosed, kMerged };
std::string_view name_of(DiscussionStatus status);
std::optional<DiscussionStatus> discussion_status(std::string_view name);

// GET .../discussions/{num}: what we read of it.
struct PullRequest {
  std::uint64_t number = 0;
  std::string title{};
  std::string author{};       // "" when it is not told
  std::string description{};  // what was said first
  DiscussionStatus status = DiscussionStatus::kDraft;
  std::string base{};  // "refs/heads/main"
  std::optional<std::string> merge_commit{};
  Conflicts conflicts{};
};
Result<PullRequest> read_pull_request(const json::Value& body);
// GET .../discussions: one page of them, as far as a list tells; what is no pull request is left out.
struct PullRequestPage {
  std::vector<PullRequest> pull_requests{};
  std::uint64_t start = 0;
  std::uint64_t count = 0;  // of all pages
};
Result<PullRequestPage> read_pull_requests(const json::Value& body);

// "refs/pr/7", and back; nullopt when it is no such ref.
std::string pull_request_ref(std::uint64_t number);
std::optional<std::uint64_t> pull_request_of_ref(std::string_view ref);
// The number at the end of ".../discussions/7".
std::optional<std::uint64_t> pull_request_of_url(std::string_view url);

// POST .../tag/{rev}
struct NewTag {
  std::string tag;
  std::string message{};
};
json::Value write_new_tag(const NewTag& wanted);
Result<NewTag> read_new_tag(const json::Value& body);

// POST .../branch/{branch}: where it begins; empty is the head of the default branch.
json::Value write_new_branch(std::string_view starting_point);
Result<std::string> read_new_branch(const json::Value& body);

}  // namespace slipway::hub::wire
