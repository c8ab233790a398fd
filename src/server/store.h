// server/store.h - what must be consistent: repositories, refs, commits, trees, tokens. SQLite holds it.
//
// Contract   Every change is one transaction: after any crash it is there whole, or not at all.
// Threads    share freely (one lock)
// Errors     kIo, kNoSpace, kCorruptData; kUnsupported for a store of a newer version; kConflict when a
//            commit's parent or a merged ref is not the head; kInvalidArgument when a discussion's status is
//            another than a change is for; kNotFound when it is gone; kAlreadyExists
#pragma once

#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "server/database.h"
#include "server/discussions.h"
#include "server/git_ids.h"

namespace slipway::server {

struct RepoRow {
  std::int64_t key = 0;
  std::string owner{};
  std::string name{};
  bool is_private = false;
  std::string created{};  // ISO 8601
  std::string gated{};    // "auto", "manual"; "" for open files
  std::string full() const { return owner + "/" + name; }
};

struct RefRow {
  std::string name{};
  bool tag = false;
  std::string commit{};
};

struct CommitRow {
  std::string id{};
  std::string parent{};
  std::string title{};
  std::string message{};
  std::string author{};
  std::string date{};
  std::string tree{};
};

struct NewCommit {
  CommitRow commit{};
  Files files{};
};

struct TokenData {
  std::string id{};
  std::string hash{};
  std::string user{};
  std::string role{};
  std::vector<std::string> namespaces{};
  std::string created{};
};

inline constexpr std::string_view kRepoColumns = "key, owner, name, private, created, gated";
RepoRow read_repo(const Statement& row);  // of these columns

class Store {
 public:
  static Result<std::unique_ptr<Store>> open(const os::Path& path);

  Result<std::optional<RepoRow>> find_repo(std::string_view owner, std::string_view name);
  Result<std::vector<RepoRow>> list_repos();
  // With its first commit on main. kAlreadyExists when the name is taken.
  Result<void> create_repo(const RepoRow& repo, const CommitRow& first, const Files& files);
  Result<void> delete_repo(std::int64_t repo);
  Result<void> rename_repo(std::int64_t repo, std::string_view owner,
                           std::string_view name);  // kAlreadyExists
  Result<void> set_private(std::int64_t repo, bool is_private);
  Result<void> set_gated(std::int64_t repo, std::string_view gated);
  // What was called so before it was renamed; a name that is taken anew means its new holder alone.
  Result<std::optional<RepoRow>> find_renamed(std::string_view owner, std::string_view name);

  Result<std::vector<RefRow>> refs(std::int64_t repo);
  Result<void> create_ref(std::int64_t repo, const RefRow& ref);  // kAlreadyExists
  Result<bool> delete_ref(std::int64_t repo, std::string_view name, bool tag);

  // A branch, tag, refs/heads/.., refs/pr/N, "HEAD", full commit id or a prefix of at least five digits.
  Result<std::optional<CommitRow>> find_commit(std::int64_t repo, std::string_view revision);
  Result<std::vector<CommitRow>> history(std::int64_t repo, const std::string& from, std::size_t skip,
                                         std::size_t count);
  Result<std::int64_t> history_size(std::int64_t repo, const std::string& from);
  Result<Files> files(const std::string& tree);
  Result<std::optional<FileRow>> file(const std::string& tree, std::string_view path);  // one of them
  // Moves the branch from `commit.parent` to the new commit; kConflict when its head is another.
  // `discussion`, if any, changes with it, or refuses both.
  Result<void> add_commit(std::int64_t repo, std::string_view branch, const CommitRow& commit,
                          const Files& files, const DiscussionChange* discussion = nullptr);

  // Gives its number. A pull request's ref begins at `first`, if any, else at its base commit.
  Result<std::int64_t> create_discussion(std::int64_t repo, const DiscussionRow& row,
                                         const std::vector<EventRow>& events, const NewCommit* first);
  Result<std::optional<DiscussionRow>> find_discussion(std::int64_t repo, std::int64_t num);
  Result<std::vector<DiscussionRow>> discussions(std::int64_t repo);  // newest first
  Result<std::vector<EventRow>> events(std::int64_t repo, std::int64_t num);
  Result<void> update_discussion(std::int64_t repo, const DiscussionChange& change);

  // Large objects: the repositories that have one in any of their commits; the accounts that sent one, be it
  // committed or not.
  Result<std::vector<RepoRow>> holders(const std::string& oid);
  Result<bool> was_sent(const std::string& oid, const std::string& account);
  Result<void> note_sent(const std::string& oid, const std::string& account);

  Result<std::vector<TokenData>> tokens();
  Result<std::optional<TokenData>> find_token(std::string_view hash);
  Result<bool> has_tokens();
  Result<void> add_token(const TokenData& token);
  Result<bool> delete_token(std::string_view id);
  Result<std::string> secret();  // signs upload addresses; made once

 private:
  explicit Store(Database database) : database_(std::move(database)) {}
  Result<void> migrate();
  Result<std::int64_t> fresh_key();
  Result<void> insert_commit(std::int64_t repo, const CommitRow& commit, const Files& files);
  Result<void> note_held(std::int64_t repo, const std::string& tree);
  Result<void> forget_rename(std::string_view owner, std::string_view name);
  Result<void> change_discussion(std::int64_t repo, const DiscussionChange& change);
  Result<void> check_expected(std::int64_t repo, const DiscussionChange& change);

  std::mutex mutex_{};
  Database database_;
};

}  // namespace slipway::server
