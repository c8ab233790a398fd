#include "server/pull_request.h"

#include <array>

#include <fmt/format.h>

#include "base/encoding.h"
#include "server/make_commit.h"

namespace slipway::server {
namespace {

constexpr int kTriesMax = 5;  // the branch may move under a merge
constexpr std::size_t kListedCommitsMax = 1000;

json::Value listed(const std::vector<std::string>& paths) {
  json::Value list = json::Value::array();
  for (const std::string& path : paths) list.push_back(path);
  return list;
}

void refuse_conflicts(Exchange& exchange, const std::vector<std::string>& paths) {
  const std::string message =
      fmt::format("This pull request conflicts with its branch in {}{}", paths.front(),
                  paths.size() > 1 ? fmt::format(" and {} more files", paths.size() - 1) : "");
  exchange.json(409, json::Value::object({{"error", message}, {"filesWithConflicts", listed(paths)}}),
                {{"X-Error-Message", message}});
}

// The commits of the pull request, as the merge tells them.
Result<std::string> told_commits(Hub& hub, const RepoRow& repo, const DiscussionRow& pull,
                                 const CommitRow& head) {
  SLIPWAY_ASSIGN(const auto history, hub.store->history(repo.key, head.id, 0, kListedCommitsMax));
  std::string text;
  for (const CommitRow& commit : history) {
    if (commit.id == pull.base_commit) break;
    text = fmt::format("- {} ({})\n{}", commit.title, commit.id, text);
  }
  if (text.ends_with('\n')) text.pop_back();
  return text;
}

// One try: true when it is answered, false when the branch moved meanwhile.
Result<bool> try_merge(Hub& hub, Exchange& exchange, const Account& account, const RepoRow& repo,
                       const DiscussionRow& pull, const std::string& comment) {
  SLIPWAY_ASSIGN(const Merging merging, plan_merge(hub, repo, pull));
  if (!merging.result.conflicts.empty()) {
    refuse_conflicts(exchange, merging.result.conflicts);
    return true;
  }
  SLIPWAY_ASSIGN(const std::string told, told_commits(hub, repo, pull, merging.head));
  const CommitRow commit = make_commit(hub, merging.result.files, merging.base.id, account.name,
                                       fmt::format("{} (#{})", pull.title, pull.num), told);
  const EventRow merged = status_event(hub, account, "merged");
  DiscussionChange change{.num = pull.num, .status = "merged", .merge_commit = commit.id};
  if (!comment.empty()) change.events.push_back(comment_event(hub, account, comment));
  change.events.push_back(merged);
  const auto done = hub.store->add_commit(repo.key, pull.base, commit, merging.result.files, &change);
  if (!done && done.error().code == ErrorCode::kConflict) return false;
  SLIPWAY_TRY(done);
  exchange.json(200, json::Value::object({{"status", "merged"}, {"mergeCommitId", commit.id}}));
  return true;
}

}  // namespace

EventRow make_event(Hub& hub, const Account& account, std::string_view kind, const json::Value& data) {
  std::array<std::byte, 12> bytes{};
  hub.world.dice.fill(bytes);
  return {.id = hex_encode(bytes),
          .kind = std::string(kind),
          .created = hub.now(),
          .author = account.name,
          .data = json::print_compact(data)};
}

EventRow comment_event(Hub& hub, const Account& account, const std::string& text) {
  const json::Value latest = json::Value::object({{"raw", text}, {"updatedAt", hub.now()}});
  return make_event(hub, account, "comment",
                    json::Value::object({{"edited", false}, {"hidden", false}, {"latest", latest}}));
}

EventRow status_event(Hub& hub, const Account& account, const std::string& status) {
  return make_event(hub, account, "status-change", json::Value::object({{"status", status}}));
}

EventRow commit_event(Hub& hub, const Account& account, const CommitRow& commit) {
  return make_event(hub, account, "commit",
                    json::Value::object({{"subject", commit.title}, {"oid", commit.id}}));
}

Result<Merging> plan_merge(Hub& hub, const RepoRow& repo, const DiscussionRow& pull) {
  const auto commit_of = [&](const std::string& revision) -> Result<CommitRow> {
    SLIPWAY_ASSIGN(auto commit, hub.store->find_commit(repo.key, revision));
    if (commit) return std::move(*commit);
    return fail(ErrorCode::kNotFound, fmt::format("Invalid rev id: {}", revision));
  };
  Merging merging;
  SLIPWAY_ASSIGN(merging.base, commit_of(pull.base));
  SLIPWAY_ASSIGN(merging.head, commit_of(pull_ref(pull.num)));
  SLIPWAY_ASSIGN(Files theirs, hub.store->files(merging.head.tree));
  if (merging.base.id == pull.base_commit) {  // the branch has not moved: the request's tree is the result
    merging.result.files = std::move(theirs);
    return merging;
  }
  SLIPWAY_ASSIGN(const CommitRow before, commit_of(pull.base_commit));
  SLIPWAY_ASSIGN(const Files first, hub.store->files(before.tree));
  SLIPWAY_ASSIGN(const Files ours, hub.store->files(merging.base.tree));
  merging.result = merge_files(first, ours, theirs);
  return merging;
}

std::string discussion_url(const Exchange& exchange, const RepoRow& repo, std::int64_t num) {
  return fmt::format("{}/{}/discussions/{}", exchange.base_url(), repo.full(), num);
}

void merge_pull_request(Hub& hub, Exchange& exchange, const Account& account, const RepoRow& repo,
                        const DiscussionRow& pull, const std::string& comment) {
  for (int i = 0; i < kTriesMax; ++i) {
    const auto answered = try_merge(hub, exchange, account, repo, pull, comment);
    if (refused(exchange, answered) || *answered) return;
  }
  exchange.refuse({409, "", "the branch moves too fast; merge again"});
}

}  // namespace slipway::server
