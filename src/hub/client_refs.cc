// The calls of the client that make branches, tags and pull requests.
#include <fmt/format.h>

#include "base/encoding.h"
#include "hub/client.h"
#include "hub/errors.h"

namespace slipway::hub {
namespace {

constexpr std::size_t kDiscussionPagesMax = 1'000;

}  // namespace

Result<void> Client::create_branch(const wire::RepoId& repo, std::string_view branch,
                                   std::string_view starting_point) {
  Call call = repo_call(repo, fmt::format("/branch/{}", percent_encode(branch)));
  call.method = "POST";
  call.kind = CallKind::kIdempotentWrite;
  set_json(call, wire::write_new_branch(starting_point));
  const auto reply = send(call);
  if (reply || reply.error().code == ErrorCode::kAlreadyExists) return {};
  // A protected branch answers 403, also when it is there already.
  if (reply.error().http_status == 403) {
    const auto there = repo_info(repo, branch);
    if (there && *there) return {};
  }
  return std::unexpected(reply.error());
}

Result<bool> Client::create_tag(const wire::RepoId& repo, std::string_view revision, std::string_view tag,
                                std::string_view message) {
  Call call = repo_call(repo, fmt::format("/tag/{}", percent_encode(revision)));
  call.method = "POST";
  call.kind = CallKind::kIdempotentWrite;
  set_json(call, wire::write_new_tag({.tag = std::string(tag), .message = std::string(message)}));
  const auto reply = send(call);
  if (reply) return true;
  if (reply.error().code == ErrorCode::kAlreadyExists) return false;
  return std::unexpected(reply.error());
}

Client::Call Client::discussion_call(const wire::RepoId& repo, std::uint64_t number,
                                     std::string_view tail) const {
  Call call = repo_call(repo, fmt::format("/discussions/{}{}", number, tail));
  call.what = fmt::format("pull request {} of {}", number, repo.full());
  return call;
}

Result<std::uint64_t> Client::open_pull_request(const wire::RepoId& repo, std::string_view title,
                                                std::string_view description) {
  Call call = repo_call(repo, "/discussions");
  call.method = "POST";
  call.kind = CallKind::kUnsafeWrite;
  set_json(call,
           wire::write_open_discussion(
               {.title = std::string(title), .description = std::string(description), .pull_request = true}));
  return ask(call, wire::read_discussion_number);
}

Result<wire::PullRequest> Client::pull_request(const wire::RepoId& repo, std::uint64_t number) {
  return ask(discussion_call(repo, number, "?diff=1"), wire::read_pull_request);
}

Result<std::vector<wire::PullRequest>> Client::open_pull_requests(const wire::RepoId& repo,
                                                                  std::string_view author) {
  std::vector<wire::PullRequest> open;
  for (std::size_t page = 0; page < kDiscussionPagesMax; ++page) {
    const Call call = repo_call(repo, fmt::format("/discussions?p={}&type=pull_request&status=open&author={}",
                                                  page, percent_encode(author)));
    SLIPWAY_ASSIGN(const wire::PullRequestPage read, ask(call, wire::read_pull_requests));
    open.insert(open.end(), read.pull_requests.begin(), read.pull_requests.end());
    if (read.pull_requests.empty() || read.start + read.pull_requests.size() >= read.count) return open;
  }
  return fail(ErrorCode::kUnsupported,
              fmt::format("{} has more open pull requests than this version reads; close those that nobody "
                          "needs",
                          repo.full()));
}

Result<void> Client::open_draft(const wire::RepoId& repo, std::uint64_t number) {
  SLIPWAY_ASSIGN(const wire::PullRequest now, pull_request(repo, number));
  return now.status == wire::DiscussionStatus::kDraft ? set_open(repo, number) : Result<void>{};
}

Result<void> Client::set_open(const wire::RepoId& repo, std::uint64_t number) {
  Call open = discussion_call(repo, number, "/status");
  open.method = "POST";
  open.kind = CallKind::kIdempotentWrite;
  set_json(open, json::Value::object({{"status", name_of(wire::DiscussionStatus::kOpen)}}));
  SLIPWAY_TRY(send(open));
  return {};
}

Result<void> Client::merge_pull_request(const wire::RepoId& repo, std::uint64_t number,
                                        std::string_view comment) {
  SLIPWAY_ASSIGN(const wire::PullRequest now, pull_request(repo, number));
  if (now.status == wire::DiscussionStatus::kMerged) return {};
  if (now.status == wire::DiscussionStatus::kDraft) SLIPWAY_TRY(set_open(repo, number));
  Call merge = discussion_call(repo, number, "/merge");
  merge.method = "POST";
  merge.kind = CallKind::kUnsafeWrite;
  merge.moves_branch = true;
  json::Value body = json::Value::object();
  if (!comment.empty()) body.set("comment", comment);
  set_json(merge, body);
  auto reply = send(merge);
  if (reply) return {};
  // The answer may have been lost after the merge: the pull request itself knows.
  const auto after = pull_request(repo, number);
  if (after && after->status == wire::DiscussionStatus::kMerged) return {};
  Error error = std::move(reply).error();
  // Whatever the status of the refusal: a request that conflicts with its branch cannot be merged.
  if (error.code == ErrorCode::kRefused && after && after->conflicts.any) {
    error.code = ErrorCode::kConflict;
    error.message += "; " + moved_branch(after->conflicts.paths, options_);
  }
  return std::unexpected(std::move(error));
}

}  // namespace slipway::hub
