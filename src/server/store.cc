#include "server/store.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/encoding.h"

namespace slipway::server {
namespace {

constexpr std::int64_t kSchemaVersion = 3;
constexpr std::string_view kSchema = R"(
CREATE TABLE repos(key INTEGER PRIMARY KEY, owner TEXT NOT NULL, name TEXT NOT NULL, private INTEGER NOT NULL,
                   created TEXT NOT NULL, UNIQUE(owner, name));
CREATE TABLE refs(repo INTEGER NOT NULL REFERENCES repos(key) ON DELETE CASCADE, name TEXT NOT NULL, tag INTEGER NOT NULL,
                  commit_id TEXT NOT NULL, PRIMARY KEY(repo, name, tag));
CREATE TABLE commits(repo INTEGER NOT NULL REFERENCES repos(key) ON DELETE CASCADE, id TEXT NOT NULL, parent TEXT NOT NULL,
                     title TEXT NOT NULL, message TEXT NOT NULL, author TEXT NOT NULL, date TEXT NOT NULL,
                     tree TEXT NOT NULL, PRIMARY KEY(repo, id));
CREATE TABLE tree_files(tree TEXT NOT NULL, path TEXT NOT NULL, size INTEGER NOT NULL, oid TEXT NOT NULL,
                        sha256 TEXT NOT NULL, lfs INTEGER NOT NULL, pointer_size INTEGER NOT NULL, PRIMARY KEY(tree, path));
CREATE TABLE tokens(id TEXT PRIMARY KEY, hash TEXT NOT NULL UNIQUE, user TEXT NOT NULL, role TEXT NOT NULL,
                    namespaces TEXT NOT NULL, created TEXT NOT NULL);
CREATE TABLE meta(name TEXT PRIMARY KEY, value TEXT NOT NULL);
INSERT INTO meta VALUES('secret', lower(hex(randomblob(32))));
PRAGMA user_version = 1;
)";
// What format 2 adds. A store of format 1 gains it when it is opened.
constexpr std::string_view kSchema2 = R"(
ALTER TABLE repos ADD COLUMN gated TEXT NOT NULL DEFAULT '';
CREATE TABLE renames(owner TEXT NOT NULL, name TEXT NOT NULL, repo INTEGER NOT NULL REFERENCES repos(key) ON DELETE CASCADE,
                     PRIMARY KEY(owner, name));
CREATE TABLE discussions(repo INTEGER NOT NULL REFERENCES repos(key) ON DELETE CASCADE, num INTEGER NOT NULL,
                         title TEXT NOT NULL, author TEXT NOT NULL, created TEXT NOT NULL, status TEXT NOT NULL,
                         pull_request INTEGER NOT NULL, base TEXT NOT NULL, base_commit TEXT NOT NULL,
                         merge_commit TEXT NOT NULL, PRIMARY KEY(repo, num));
CREATE TABLE discussion_events(seq INTEGER PRIMARY KEY, repo INTEGER NOT NULL, num INTEGER NOT NULL, id TEXT NOT NULL,
                               kind TEXT NOT NULL, created TEXT NOT NULL, author TEXT NOT NULL, data TEXT NOT NULL,
                               FOREIGN KEY(repo, num) REFERENCES discussions(repo, num) ON DELETE CASCADE);
CREATE INDEX events_of_discussion ON discussion_events(repo, num, seq);
PRAGMA user_version = 2;
)";

// What format 3 adds: which large objects a repository has, and who sent them.
constexpr std::string_view kSchema3 = R"(
CREATE TABLE objects_held(object TEXT NOT NULL, repo INTEGER NOT NULL REFERENCES repos(key) ON DELETE CASCADE,
                          PRIMARY KEY(object, repo)) WITHOUT ROWID;
CREATE INDEX objects_of_repo ON objects_held(repo);
CREATE TABLE objects_sent(object TEXT NOT NULL, account TEXT NOT NULL, PRIMARY KEY(object, account)) WITHOUT ROWID;
INSERT INTO objects_held SELECT DISTINCT sha256, repo FROM commits JOIN tree_files USING(tree) WHERE lfs = 1;
PRAGMA user_version = 3;
)";

constexpr std::string_view kHeads = "refs/heads/";
constexpr std::string_view kCommitColumns = "id, parent, title, message, author, date, tree";

// Of columns path, size, oid, sha256, lfs, pointer_size.
FileRow read_file(const Statement& query) {
  return {static_cast<std::uint64_t>(query.number(1)), query.text(2), query.text(3), query.number(4) != 0,
          static_cast<std::uint64_t>(query.number(5))};
}

CommitRow read_commit(const Statement& row) {
  return {row.text(0), row.text(1), row.text(2), row.text(3), row.text(4), row.text(5), row.text(6)};
}

std::vector<std::string> split_words(std::string_view text) {
  std::vector<std::string> words;
  while (!text.empty()) {
    const std::size_t space = std::min(text.find(' '), text.size());
    if (space != 0) words.emplace_back(text.substr(0, space));
    text.remove_prefix(std::min(space + 1, text.size()));
  }
  return words;
}

TokenData read_token(const Statement& row) {
  return {row.text(0), row.text(1), row.text(2), row.text(3), split_words(row.text(4)), row.text(5)};
}

}  // namespace

RepoRow read_repo(const Statement& row) {
  return {row.number(0), row.text(1), row.text(2), row.number(3) != 0, row.text(4), row.text(5)};
}

Result<std::unique_ptr<Store>> Store::open(const os::Path& path) {
  SLIPWAY_ASSIGN(Database database, Database::open(path));
  std::unique_ptr<Store> store(new Store(std::move(database)));
  SLIPWAY_TRY(store->migrate());
  return store;
}

Result<void> Store::migrate() {
  SLIPWAY_ASSIGN(Transaction change, Transaction::begin(database_));
  std::int64_t found = 0;
  {
    Statement version = database_.prepare("PRAGMA user_version");
    SLIPWAY_ASSIGN(const bool row, version.step());
    if (row) found = version.number(0);
  }
  if (found > kSchemaVersion) {
    return fail(
        ErrorCode::kUnsupported,
        fmt::format("this Hub's folder was written by a newer Slipway (format {}); use that one", found));
  }
  if (found < 1) SLIPWAY_TRY(database_.run(kSchema));
  if (found < 2) SLIPWAY_TRY(database_.run(kSchema2));
  if (found < 3) SLIPWAY_TRY(database_.run(kSchema3));
  return change.commit();
}

Result<std::optional<RepoRow>> Store::find_repo(std::string_view owner, std::string_view name) {
  const std::scoped_lock hold(mutex_);
  Statement query =
      database_.prepare(fmt::format("SELECT {} FROM repos WHERE owner = ? AND name = ?", kRepoColumns));
  query.bind(owner).bind(name);
  SLIPWAY_ASSIGN(const bool row, query.step());
  return row ? std::optional(read_repo(query)) : std::nullopt;
}

Result<std::vector<RepoRow>> Store::list_repos() {
  const std::scoped_lock hold(mutex_);
  Statement query = database_.prepare(fmt::format("SELECT {} FROM repos ORDER BY owner, name", kRepoColumns));
  std::vector<RepoRow> rows;
  while (true) {
    SLIPWAY_ASSIGN(const bool row, query.step());
    if (!row) return rows;
    rows.push_back(read_repo(query));
  }
}

Result<void> Store::create_repo(const RepoRow& repo, const CommitRow& first, const Files& files) {
  const std::scoped_lock hold(mutex_);
  SLIPWAY_ASSIGN(Transaction change, Transaction::begin(database_));
  Statement known = database_.prepare("SELECT 1 FROM repos WHERE owner = ? AND name = ?");
  known.bind(repo.owner).bind(repo.name);
  SLIPWAY_ASSIGN(const bool taken, known.step());
  if (taken) return fail(ErrorCode::kAlreadyExists, "You already created this model repo");
  SLIPWAY_ASSIGN(const std::int64_t key, fresh_key());
  Statement insert =
      database_.prepare("INSERT INTO repos(key, owner, name, private, created) VALUES(?, ?, ?, ?, ?)");
  insert.bind(key).bind(repo.owner).bind(repo.name).bind(repo.is_private ? 1 : 0).bind(repo.created);
  SLIPWAY_TRY(insert.run());
  SLIPWAY_TRY(insert_commit(key, first, files));
  SLIPWAY_TRY(forget_rename(repo.owner, repo.name));
  Statement ref = database_.prepare("INSERT INTO refs VALUES(?, 'main', 0, ?)");
  SLIPWAY_TRY(ref.bind(key).bind(first.id).run());
  return change.commit();
}

// A key that no repository ever had: a request that still holds the key of one that is gone must find
// nothing.
Result<std::int64_t> Store::fresh_key() {
  Statement next = database_.prepare(
      "INSERT INTO meta SELECT 'last_repo', max(coalesce((SELECT max(key) FROM repos), 0), coalesce((SELECT "
      "CAST(value AS INTEGER) FROM meta WHERE name = 'last_repo'), 0)) + 1 WHERE true ON CONFLICT(name) DO "
      "UPDATE SET value = excluded.value RETURNING CAST(value AS INTEGER)");
  SLIPWAY_ASSIGN(const bool made, next.step());
  SLIPWAY_CHECK(made);
  const std::int64_t key = next.number(0);
  SLIPWAY_TRY(next.run());
  return key;
}

Result<void> Store::delete_repo(std::int64_t repo) {
  const std::scoped_lock hold(mutex_);
  return database_.prepare("DELETE FROM repos WHERE key = ?").bind(repo).run();
}

Result<void> Store::rename_repo(std::int64_t repo, std::string_view owner, std::string_view name) {
  const std::scoped_lock hold(mutex_);
  SLIPWAY_ASSIGN(Transaction change, Transaction::begin(database_));
  Statement known = database_.prepare("SELECT 1 FROM repos WHERE owner = ? AND name = ?");
  known.bind(owner).bind(name);
  SLIPWAY_ASSIGN(const bool taken, known.step());
  if (taken) return fail(ErrorCode::kAlreadyExists, fmt::format("{}/{} exists already", owner, name));
  Statement old =
      database_.prepare("INSERT OR REPLACE INTO renames SELECT owner, name, key FROM repos WHERE key = ?");
  SLIPWAY_TRY(old.bind(repo).run());
  SLIPWAY_TRY(forget_rename(owner, name));
  Statement update = database_.prepare("UPDATE repos SET owner = ?, name = ? WHERE key = ?");
  SLIPWAY_TRY(update.bind(owner).bind(name).bind(repo).run());
  return change.commit();
}

Result<void> Store::forget_rename(std::string_view owner, std::string_view name) {
  return database_.prepare("DELETE FROM renames WHERE owner = ? AND name = ?").bind(owner).bind(name).run();
}

Result<std::optional<RepoRow>> Store::find_renamed(std::string_view owner, std::string_view name) {
  const std::scoped_lock hold(mutex_);
  Statement query = database_.prepare(
      fmt::format("SELECT {} FROM repos WHERE key = (SELECT repo FROM renames WHERE owner = ? AND name = ?)",
                  kRepoColumns));
  query.bind(owner).bind(name);
  SLIPWAY_ASSIGN(const bool row, query.step());
  return row ? std::optional(read_repo(query)) : std::nullopt;
}

Result<void> Store::set_gated(std::int64_t repo, std::string_view gated) {
  const std::scoped_lock hold(mutex_);
  return database_.prepare("UPDATE repos SET gated = ? WHERE key = ?").bind(gated).bind(repo).run();
}

Result<void> Store::set_private(std::int64_t repo, bool is_private) {
  const std::scoped_lock hold(mutex_);
  return database_.prepare("UPDATE repos SET private = ? WHERE key = ?")
      .bind(is_private ? 1 : 0)
      .bind(repo)
      .run();
}

Result<std::vector<RefRow>> Store::refs(std::int64_t repo) {
  const std::scoped_lock hold(mutex_);
  Statement query =
      database_.prepare("SELECT name, tag, commit_id FROM refs WHERE repo = ? ORDER BY tag, name");
  query.bind(repo);
  std::vector<RefRow> rows;
  while (true) {
    SLIPWAY_ASSIGN(const bool row, query.step());
    if (!row) return rows;
    rows.push_back({query.text(0), query.number(1) != 0, query.text(2)});
  }
}

Result<void> Store::create_ref(std::int64_t repo, const RefRow& ref) {
  const std::scoped_lock hold(mutex_);
  Statement insert =
      database_.prepare("INSERT INTO refs VALUES(?, ?, ?, ?) ON CONFLICT DO NOTHING RETURNING 1");
  insert.bind(repo).bind(ref.name).bind(ref.tag ? 1 : 0).bind(ref.commit);
  SLIPWAY_ASSIGN(const bool made, insert.step());
  if (!made) return fail(ErrorCode::kAlreadyExists, "Reference already exists");
  return insert.run();
}

Result<bool> Store::delete_ref(std::int64_t repo, std::string_view name, bool tag) {
  const std::scoped_lock hold(mutex_);
  Statement gone = database_.prepare("DELETE FROM refs WHERE repo = ? AND name = ? AND tag = ? RETURNING 1");
  gone.bind(repo).bind(name).bind(tag ? 1 : 0);
  SLIPWAY_ASSIGN(const bool row, gone.step());
  if (row) SLIPWAY_TRY(gone.run());
  return row;
}

Result<std::optional<CommitRow>> Store::find_commit(std::int64_t repo, std::string_view revision) {
  const std::scoped_lock hold(mutex_);
  std::string_view name = revision == "HEAD" ? "main" : revision;
  if (name.starts_with(kHeads)) name.remove_prefix(kHeads.size());
  Statement by_ref =
      database_.prepare(fmt::format("SELECT {} FROM commits WHERE repo = ?1 AND id = (SELECT commit_id FROM "
                                    "refs WHERE repo = ?1 AND name = ?2 "
                                    "ORDER BY tag LIMIT 1)",
                                    kCommitColumns));
  by_ref.bind(repo).bind(name);
  SLIPWAY_ASSIGN(const bool named, by_ref.step());
  if (named) return std::optional(read_commit(by_ref));
  if (revision.size() < 5 || revision.size() > 40 || !is_hex(revision)) return std::nullopt;
  Statement by_id = database_.prepare(
      fmt::format("SELECT {} FROM commits WHERE repo = ? AND substr(id, 1, ?) = ? LIMIT 2", kCommitColumns));
  by_id.bind(repo).bind(static_cast<std::int64_t>(revision.size())).bind(revision);
  SLIPWAY_ASSIGN(const bool found, by_id.step());
  if (!found) return std::nullopt;
  CommitRow commit = read_commit(by_id);
  SLIPWAY_ASSIGN(const bool ambiguous, by_id.step());
  return ambiguous ? std::nullopt : std::optional(std::move(commit));
}

Result<std::vector<CommitRow>> Store::history(std::int64_t repo, const std::string& from, std::size_t skip,
                                              std::size_t count) {
  const std::scoped_lock hold(mutex_);
  std::vector<CommitRow> rows;
  std::string id = from;
  Statement query =
      database_.prepare(fmt::format("WITH RECURSIVE chain(id, depth) AS (SELECT ?2, 0 UNION ALL SELECT "
                                    "c.parent, depth + 1 FROM commits c JOIN chain "
                                    "ON c.repo = ?1 AND c.id = chain.id WHERE c.parent <> '') SELECT {} FROM "
                                    "chain JOIN commits USING(id) WHERE repo = ?1 "
                                    "ORDER BY depth LIMIT ?3 OFFSET ?4",
                                    kCommitColumns));
  query.bind(repo).bind(id).bind(static_cast<std::int64_t>(count)).bind(static_cast<std::int64_t>(skip));
  while (true) {
    SLIPWAY_ASSIGN(const bool row, query.step());
    if (!row) return rows;
    rows.push_back(read_commit(query));
  }
}

Result<std::int64_t> Store::history_size(std::int64_t repo, const std::string& from) {
  const std::scoped_lock hold(mutex_);
  Statement query = database_.prepare(
      "WITH RECURSIVE chain(id) AS (SELECT ?2 UNION ALL SELECT c.parent FROM commits c JOIN chain "
      "ON c.repo = ?1 AND c.id = chain.id WHERE c.parent <> '') SELECT count(*) FROM chain");
  query.bind(repo).bind(from);
  SLIPWAY_TRY(query.run());
  return query.number(0);
}

Result<Files> Store::files(const std::string& tree) {
  const std::scoped_lock hold(mutex_);
  Statement query =
      database_.prepare("SELECT path, size, oid, sha256, lfs, pointer_size FROM tree_files WHERE tree = ?");
  query.bind(tree);
  Files files;
  while (true) {
    SLIPWAY_ASSIGN(const bool row, query.step());
    if (!row) return files;
    files[query.text(0)] = read_file(query);
  }
}

Result<std::optional<FileRow>> Store::file(const std::string& tree, std::string_view path) {
  const std::scoped_lock hold(mutex_);
  Statement query = database_.prepare(
      "SELECT path, size, oid, sha256, lfs, pointer_size FROM tree_files WHERE tree = ? AND path = ?");
  query.bind(tree).bind(path);
  SLIPWAY_ASSIGN(const bool row, query.step());
  if (!row) return std::nullopt;
  return std::optional(read_file(query));
}

Result<void> Store::insert_commit(std::int64_t repo, const CommitRow& commit, const Files& files) {
  // An id names its content: a commit that is there already is this one, made on another ref.
  Statement insert =
      database_.prepare("INSERT INTO commits VALUES(?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING");
  insert.bind(repo).bind(commit.id).bind(commit.parent).bind(commit.title).bind(commit.message);
  SLIPWAY_TRY(insert.bind(commit.author).bind(commit.date).bind(commit.tree).run());
  for (const auto& [path, row] : files) {
    Statement file =
        database_.prepare("INSERT INTO tree_files VALUES(?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING");
    file.bind(commit.tree)
        .bind(path)
        .bind(static_cast<std::int64_t>(row.size))
        .bind(row.oid)
        .bind(row.sha256);
    SLIPWAY_TRY(file.bind(row.lfs ? 1 : 0).bind(static_cast<std::int64_t>(row.pointer_size)).run());
  }
  return note_held(repo, commit.tree);
}

Result<void> Store::add_commit(std::int64_t repo, std::string_view branch, const CommitRow& commit,
                               const Files& files, const DiscussionChange* discussion) {
  const std::scoped_lock hold(mutex_);
  SLIPWAY_ASSIGN(Transaction change, Transaction::begin(database_));
  if (discussion != nullptr) SLIPWAY_TRY(change_discussion(repo, *discussion));
  Statement move = database_.prepare(
      "UPDATE refs SET commit_id = ? WHERE repo = ? AND name = ? AND tag = 0 AND commit_id = ? RETURNING 1");
  move.bind(commit.id).bind(repo).bind(branch).bind(commit.parent);
  SLIPWAY_ASSIGN(const bool moved, move.step());
  if (!moved) {
    return fail(ErrorCode::kConflict,
                "The branch was updated since you opened this page. Please refresh and try again.");
  }
  SLIPWAY_TRY(move.run());
  SLIPWAY_TRY(insert_commit(repo, commit, files));
  return change.commit();
}

Result<std::vector<TokenData>> Store::tokens() {
  const std::scoped_lock hold(mutex_);
  Statement query =
      database_.prepare("SELECT id, hash, user, role, namespaces, created FROM tokens ORDER BY created, id");
  std::vector<TokenData> rows;
  while (true) {
    SLIPWAY_ASSIGN(const bool row, query.step());
    if (!row) return rows;
    rows.push_back(read_token(query));
  }
}

Result<std::optional<TokenData>> Store::find_token(std::string_view hash) {
  const std::scoped_lock hold(mutex_);
  Statement query =
      database_.prepare("SELECT id, hash, user, role, namespaces, created FROM tokens WHERE hash = ?");
  query.bind(hash);
  SLIPWAY_ASSIGN(const bool row, query.step());
  return row ? std::optional(read_token(query)) : std::nullopt;
}

Result<bool> Store::has_tokens() {
  const std::scoped_lock hold(mutex_);
  return database_.prepare("SELECT 1 FROM tokens LIMIT 1").step();
}

Result<void> Store::add_token(const TokenData& token) {
  const std::scoped_lock hold(mutex_);
  Statement insert = database_.prepare("INSERT INTO tokens VALUES(?, ?, ?, ?, ?, ?)");
  insert.bind(token.id).bind(token.hash).bind(token.user).bind(token.role);
  return insert.bind(fmt::format("{}", fmt::join(token.namespaces, " "))).bind(token.created).run();
}

Result<bool> Store::delete_token(std::string_view id) {
  const std::scoped_lock hold(mutex_);
  Statement gone = database_.prepare("DELETE FROM tokens WHERE id = ? RETURNING 1");
  gone.bind(id);
  SLIPWAY_ASSIGN(const bool row, gone.step());
  if (row) SLIPWAY_TRY(gone.run());
  return row;
}

Result<std::string> Store::secret() {
  const std::scoped_lock hold(mutex_);
  Statement query = database_.prepare("SELECT value FROM meta WHERE name = 'secret'");
  SLIPWAY_ASSIGN(const bool row, query.step());
  SLIPWAY_CHECK(row);
  return query.text(0);
}

}  // namespace slipway::server
