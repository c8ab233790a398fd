// server/discussions.h - discussions and pull requests as rows, and what happened in them.
//
// Contract   A pull request is a discussion with a ref of its own, refs/pr/NUM, that starts at `base_commit`.
//            Status: draft, open, closed, merged (the last for pull requests alone).
// Threads    value
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::server {

struct DiscussionRow {
  std::int64_t num = 0;
  std::string title{};
  std::string author{};
  std::string created{};  // ISO 8601
  std::string status{};
  bool pull_request = false;
  std::string base{};          // branch
  std::string base_commit{};   // where its ref began
  std::string merge_commit{};  // "" until merged
};

struct EventRow {
  std::string id{};    // 24 hex digits
  std::string kind{};  // comment, status-change, commit, title-change
  std::string created{};
  std::string author{};
  std::string data{};  // JSON
};

// What one request changes; what is absent stays. It is made on what its request saw, or not at all: others
// may have been there since.
struct DiscussionChange {
  std::int64_t num = 0;
  std::vector<std::string> only_while{};   // the status must be one of these; none: whatever it is
  std::optional<std::string> only_head{};  // the commit that its ref must be at
  std::optional<std::string> title{};
  std::optional<std::string> status{};
  std::optional<std::string> merge_commit{};
  std::vector<EventRow> events{};
};

std::string pull_ref(std::int64_t num);                              // "refs/pr/3"
std::optional<std::int64_t> pull_number(std::string_view revision);  // of exactly such a ref

}  // namespace slipway::server
