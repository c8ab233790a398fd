#include "server/pull_request.h"

#include <array>

#include <fmt/format.h>

#include "base/encoding.h"
#include "hub/wire/types.h"
#include "server/diff.h"
#include "server/make_commit.h"

namespace slipway::server {
namespace {

constexpr int kTriesMax = 5;  // branch and ref may move under a merge
constexpr std::size_t kListedCommitsMax = 1000;
constexpr std::size_t kDiffBytesMax = 1u << 20;  // of lines; the files after that are told as binary

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
  bool whole = false;
  for (const CommitRow& commit : history) {
    whole = commit.id == pull.base_commit;
    if (whole) break;
    text = fmt::format("- {} ({})\n{}", commit.title, commit.id, text);
  }
  if (!whole && history.size() == kListedCommitsMax) text = "- and earlier ones\n" + text;
  if (text.ends_with('\n')) text.pop_back();
  return text;
}

Result<CommitRow> commit_of(Hub& hub, const RepoRow& repo, const std::string& revision) {
  SLIPWAY_ASSIGN(auto commit, hub.store->find_commit(repo.key, revision));
  if (commit) return std::move(*commit);
  return fail(ErrorCode::kNotFound, fmt::format("Invalid rev id: {}", revision));
}

Result<std::optional<DiffSide>> diff_side(Hub& hub, const Files& files, const std::string& path,
                                          bool with_text) {
  const auto at = files.find(path);
  if (at == files.end()) return std::nullopt;
  const FileRow& row = at->second;
  DiffSide side{.oid = row.oid};
  if (row.lfs && with_text) {
    side.text = hub::wire::lfs_pointer(row.sha256, row.size);
  } else if (!with_text || row.size > kDiffFileBytesMax) {
    side.binary = true;
  } else {
    SLIPWAY_ASSIGN(side.text, hub.blobs.text(row.sha256, kDiffFileBytesMax));
    side.binary = !is_utf8(side.text) || side.text.find('\0') != std::string::npos;
  }
  return std::optional(std::move(side));
}

// One try: true when it is answered, false when the branch or the request's ref moved meanwhile.
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
  DiscussionChange change{.num = pull.num,
                          .only_while = {"open"},
                          .only_head = merging.head.id,
                          .status = "merged",
                          .merge_commit = commit.id};
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
  Merging merging;
  SLIPWAY_ASSIGN(merging.base, commit_of(hub, repo, pull.base));
  SLIPWAY_ASSIGN(merging.head, commit_of(hub, repo, pull_ref(pull.num)));
  SLIPWAY_ASSIGN(Files theirs, hub.store->files(merging.head.tree));
  if (merging.base.id == pull.base_commit) {  // the branch has not moved: the request's tree is the result
    merging.result.files = std::move(theirs);
    return merging;
  }
  SLIPWAY_ASSIGN(const CommitRow before, commit_of(hub, repo, pull.base_commit));
  SLIPWAY_ASSIGN(const Files first, hub.store->files(before.tree));
  SLIPWAY_ASSIGN(const Files ours, hub.store->files(merging.base.tree));
  merging.result = merge_files(first, ours, theirs);
  return merging;
}

Result<std::string> pull_diff(Hub& hub, const RepoRow& repo, const DiscussionRow& pull) {
  SLIPWAY_ASSIGN(const CommitRow before, commit_of(hub, repo, pull.base_commit));
  SLIPWAY_ASSIGN(const CommitRow after, commit_of(hub, repo, pull_ref(pull.num)));
  SLIPWAY_ASSIGN(const Files old_files, hub.store->files(before.tree));
  SLIPWAY_ASSIGN(const Files new_files, hub.store->files(after.tree));
  Files all = new_files;
  all.insert(old_files.begin(), old_files.end());
  std::string text;
  for (const auto& [path, row] : all) {
    const auto old_row = old_files.find(path);
    const auto new_row = new_files.find(path);
    const bool both = old_row != old_files.end() && new_row != new_files.end();
    if (both && old_row->second == new_row->second) continue;
    const bool with_text = text.size() <= kDiffBytesMax;
    SLIPWAY_ASSIGN(const auto old_side, diff_side(hub, old_files, path, with_text));
    SLIPWAY_ASSIGN(const auto new_side, diff_side(hub, new_files, path, with_text));
    text += diff_file(path, old_side, new_side);
  }
  return text;
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
