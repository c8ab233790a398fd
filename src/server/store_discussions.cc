// The part of the Store that keeps discussions and pull requests.

#include <algorithm>

#include <fmt/format.h>

#include "base/whole_number.h"
#include "server/store.h"

namespace slipway::server {
namespace {

constexpr std::string_view kPullPrefix = "refs/pr/";
constexpr std::string_view kColumns =
    "num, title, author, created, status, pull_request, base, base_commit, merge_commit";

DiscussionRow read_discussion(const Statement& row) {
  return {row.number(0),      row.text(1), row.text(2), row.text(3), row.text(4),
          row.number(5) != 0, row.text(6), row.text(7), row.text(8)};
}

}  // namespace

std::string pull_ref(std::int64_t num) { return fmt::format("{}{}", kPullPrefix, num); }

std::optional<std::int64_t> pull_number(std::string_view revision) {
  if (!revision.starts_with(kPullPrefix)) return std::nullopt;
  revision.remove_prefix(kPullPrefix.size());
  const auto num = whole_number<std::int64_t>(revision);
  return num && *num > 0 && revision.front() != '0' ? num : std::nullopt;
}

Result<std::int64_t> Store::create_discussion(std::int64_t repo, const DiscussionRow& row,
                                              const std::vector<EventRow>& events, const NewCommit* first) {
  const std::scoped_lock hold(mutex_);
  SLIPWAY_ASSIGN(Transaction change, Transaction::begin(database_));
  Statement next = database_.prepare("SELECT coalesce(max(num), 0) + 1 FROM discussions WHERE repo = ?");
  SLIPWAY_TRY(next.bind(repo).run());
  const std::int64_t num = next.number(0);
  Statement insert = database_.prepare("INSERT INTO discussions VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  insert.bind(repo).bind(num).bind(row.title).bind(row.author).bind(row.created).bind(row.status);
  SLIPWAY_TRY(insert.bind(row.pull_request ? 1 : 0)
                  .bind(row.base)
                  .bind(row.base_commit)
                  .bind(row.merge_commit)
                  .run());
  SLIPWAY_TRY(change_discussion(repo, {.num = num, .events = events}));
  if (first != nullptr) SLIPWAY_TRY(insert_commit(repo, first->commit, first->files));
  if (row.pull_request) {
    Statement ref = database_.prepare("INSERT INTO refs VALUES(?, ?, 0, ?)");
    ref.bind(repo).bind(pull_ref(num)).bind(first != nullptr ? first->commit.id : row.base_commit);
    SLIPWAY_TRY(ref.run());
  }
  SLIPWAY_TRY(change.commit());
  return num;
}

Result<std::optional<DiscussionRow>> Store::find_discussion(std::int64_t repo, std::int64_t num) {
  const std::scoped_lock hold(mutex_);
  Statement query =
      database_.prepare(fmt::format("SELECT {} FROM discussions WHERE repo = ? AND num = ?", kColumns));
  query.bind(repo).bind(num);
  SLIPWAY_ASSIGN(const bool row, query.step());
  return row ? std::optional(read_discussion(query)) : std::nullopt;
}

Result<std::vector<DiscussionRow>> Store::discussions(std::int64_t repo) {
  const std::scoped_lock hold(mutex_);
  Statement query =
      database_.prepare(fmt::format("SELECT {} FROM discussions WHERE repo = ? ORDER BY num DESC", kColumns));
  query.bind(repo);
  std::vector<DiscussionRow> rows;
  while (true) {
    SLIPWAY_ASSIGN(const bool row, query.step());
    if (!row) return rows;
    rows.push_back(read_discussion(query));
  }
}

Result<std::vector<EventRow>> Store::events(std::int64_t repo, std::int64_t num) {
  const std::scoped_lock hold(mutex_);
  Statement query = database_.prepare(
      "SELECT id, kind, created, author, data FROM discussion_events WHERE repo = ? AND num = ? ORDER BY "
      "seq");
  query.bind(repo).bind(num);
  std::vector<EventRow> rows;
  while (true) {
    SLIPWAY_ASSIGN(const bool row, query.step());
    if (!row) return rows;
    rows.push_back({query.text(0), query.text(1), query.text(2), query.text(3), query.text(4)});
  }
}

Result<void> Store::update_discussion(std::int64_t repo, const DiscussionChange& change) {
  const std::scoped_lock hold(mutex_);
  SLIPWAY_ASSIGN(Transaction work, Transaction::begin(database_));
  SLIPWAY_TRY(change_discussion(repo, change));
  return work.commit();
}

Result<void> Store::check_expected(std::int64_t repo, const DiscussionChange& change) {
  Statement query = database_.prepare("SELECT status FROM discussions WHERE repo = ? AND num = ?");
  query.bind(repo).bind(change.num);
  SLIPWAY_ASSIGN(const bool there, query.step());
  if (!there) return fail(ErrorCode::kNotFound, fmt::format("There is no discussion {}", change.num));
  const std::string status = query.text(0);
  if (!change.only_while.empty() && std::ranges::find(change.only_while, status) == change.only_while.end())
    return fail(ErrorCode::kInvalidArgument, fmt::format("This pull request is {}", status));
  if (!change.only_head) return {};
  Statement ref = database_.prepare("SELECT commit_id FROM refs WHERE repo = ? AND name = ? AND tag = 0");
  ref.bind(repo).bind(pull_ref(change.num));
  SLIPWAY_ASSIGN(const bool known, ref.step());
  if (known && ref.text(0) == *change.only_head) return {};
  return fail(ErrorCode::kConflict, "The pull request was updated meanwhile. Please refresh and try again.");
}

Result<void> Store::change_discussion(std::int64_t repo, const DiscussionChange& change) {
  SLIPWAY_TRY(check_expected(repo, change));
  const auto set = [&](const char* column, const std::optional<std::string>& value) -> Result<void> {
    if (!value) return {};
    Statement update =
        database_.prepare(fmt::format("UPDATE discussions SET {} = ? WHERE repo = ? AND num = ?", column));
    return update.bind(*value).bind(repo).bind(change.num).run();
  };
  SLIPWAY_TRY(set("title", change.title));
  SLIPWAY_TRY(set("status", change.status));
  SLIPWAY_TRY(set("merge_commit", change.merge_commit));
  for (const EventRow& event : change.events) {
    Statement insert = database_.prepare(
        "INSERT INTO discussion_events(repo, num, id, kind, created, author, data) VALUES(?, ?, ?, ?, ?, ?, "
        "?)");
    insert.bind(repo).bind(change.num).bind(event.id).bind(event.kind);
    SLIPWAY_TRY(insert.bind(event.created).bind(event.author).bind(event.data).run());
  }
  return {};
}

}  // namespace slipway::server
