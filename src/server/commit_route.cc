// A commit: its lines are read one at a time, then one transaction moves the branch.
#include <algorithm>

#include <fmt/format.h>

#include "base/hash.h"
#include "card/card.h"
#include "hub/wire/types.h"
#include "server/gitattributes.h"
#include "server/make_commit.h"
#include "server/pull_request.h"
#include "server/routes.h"

namespace slipway::server {
namespace {

Refusal bad_request(std::string message) { return {400, "", std::move(message)}; }

class CommitJob {
 public:
  CommitJob(Hub& hub, Exchange& exchange, const Account& account, const RepoRow& repo, std::string branch)
      : hub_(hub),
        exchange_(exchange),
        account_(account),
        repo_(repo),
        branch_(std::move(branch)),
        creates_pull_(exchange.query_true("create_pr")) {
    if (branch_ == "HEAD") branch_ = "main";
    if (branch_.starts_with("refs/heads/")) branch_.erase(0, std::string_view("refs/heads/").size());
  }

  void run() {
    const auto place = hub_.readable_place(exchange_, repo_, branch_);
    if (!place || !check_pull()) return;
    head_ = place->commit;
    if (!read_lines() || !check_parent()) return;
    auto files = hub_.store->files(head_.tree);
    if (refused(exchange_, files)) return;
    files_ = std::move(*files);
    if (!apply_deletions() || !apply_files()) return;
    if (const std::string clash = clashing_path(files_); !clash.empty()) {
      return exchange_.refuse(bad_request(fmt::format("{} is a file and a folder", clash)));
    }
    if (!cover_by_gitattributes()) return;
    if (creates_pull_) return create_pull();
    if (!touched_) return answer(head_.id);
    commit();
  }

 private:
  // A pull request's ref takes commits of its author and of those who may write here, until it is over.
  bool check_pull() {
    pull_ = pull_number(branch_);
    if (!pull_) return !creates_pull_ || is_branch();
    const auto row = hub_.store->find_discussion(repo_.key, *pull_);
    if (refused(exchange_, row)) return false;
    if (!*row || creates_pull_) {
      exchange_.refuse(bad_request("a pull request is for a branch"));
      return false;
    }
    if (account_.name != (*row)->author && !hub_.may_write(exchange_, account_, repo_.owner)) return false;
    if ((*row)->status != "merged" && (*row)->status != "closed") return true;
    exchange_.refuse({403, "", fmt::format("This pull request is {}", (*row)->status)});
    return false;
  }

  bool is_branch() {
    const auto refs = hub_.store->refs(repo_.key);
    if (refused(exchange_, refs)) return false;
    if (std::ranges::any_of(*refs, [&](const RefRow& ref) { return !ref.tag && ref.name == branch_; }))
      return true;
    exchange_.refuse(bad_request("a pull request is for a branch"));
    return false;
  }

  // Splits the body into lines; each inline file goes to the blob store at once.
  bool read_lines() {
    const std::uint64_t line_max = hub_.options.no_limits ? kUnlimitedLineBytesMax : kCommitLineBytesMax;
    std::string line;
    ByteVector piece(256u << 10);
    while (true) {
      const auto got = exchange_.body().read(piece);
      if (!got) return false;  // nobody is there to be answered
      if (*got == 0) break;
      for (std::string_view rest = as_text(Bytes(piece).first(*got)); !rest.empty();) {
        const std::size_t end = std::min(rest.find('\n'), rest.size());
        line.append(rest.substr(0, end));
        if (line.size() > line_max) {
          exchange_.refuse({413, "", "a file sent inline is larger than 10 MiB; send it by LFS"});
          return false;
        }
        if (end < rest.size() && !take_line(line)) return false;
        rest.remove_prefix(std::min(end + 1, rest.size()));
      }
    }
    if (!line.empty() && !take_line(line)) return false;
    if (!request_.summary.empty()) return true;
    exchange_.refuse(bad_request("a commit needs a header line with a summary"));
    return false;
  }

  bool take_line(std::string& line) {
    // The header is no part of the count; blank lines are, or they could go on for ever.
    if (lines_++ > kCommitLinesMax && !hub_.options.no_limits) {
      exchange_.refuse(
          {413, "", fmt::format("more than {} files and deletions in one commit", kCommitLinesMax)});
      return false;
    }
    if (line.find_first_not_of(" \r\t") == std::string::npos) {
      line.clear();
      return true;
    }
    const auto read = hub::wire::read_commit_line(line, request_);
    line.clear();
    if (refused(exchange_, read)) return false;
    for (hub::wire::CommitFile& file : request_.files) {
      if (!take_inline(file)) return false;
    }
    request_.files.clear();
    return true;
  }

  bool take_inline(const hub::wire::CommitFile& file) {
    if (file.content.size() > kInlineFileBytesMax && !hub_.options.no_limits) {
      exchange_.refuse({413, "", fmt::format("{} is larger than 10 MiB; send it by LFS", file.path)});
      return false;
    }
    if (file.path == "README.md" && !check_card(file.content)) return false;
    auto row = store_text(hub_, file.content);
    if (refused(exchange_, row)) return false;
    inline_.insert_or_assign(file.path, std::move(*row));
    return true;
  }

  bool check_card(const std::string& text) {
    json::Value errors = json::Value::array();
    std::string message = "Invalid metadata in README.md.";
    for (const card::Finding& finding : card::validate_card(text)) {
      if (!finding.error) continue;
      errors.push_back(json::Value::object({{"message", finding.message}}));
      message += fmt::format(" {}.", finding.message);
    }
    if (errors.items().empty()) return true;
    exchange_.json(400, json::Value::object({{"error", message}, {"errors", std::move(errors)}}),
                   {{"X-Error-Message", message}});
    return false;
  }

  // A new pull request may begin at any commit; another one goes onto the head.
  bool check_parent() {
    const auto& parent = request_.parent_commit;
    if (!parent || (parent->size() >= 5 && head_.id.starts_with(*parent))) return true;
    if (creates_pull_) {
      auto place = hub_.readable_place(exchange_, repo_, *parent);
      if (place) head_ = std::move(place->commit);
      return place.has_value();
    }
    exchange_.refuse(
        {412, "", "The branch was updated since you opened this page. Please refresh and try again."});
    return false;
  }

  bool apply_deletions() {
    for (const std::string& path : request_.deleted_files) {
      if (files_.erase(path) == 0) return refuse_missing(path);
      touched_ = true;
    }
    for (const std::string& path : request_.deleted_folders) {
      const auto begin = files_.lower_bound(path + "/");
      const auto end = files_.lower_bound(path + "0");  // '0' comes right after '/'
      if (begin == end) return refuse_missing(path);
      files_.erase(begin, end);
      touched_ = true;
    }
    return true;
  }

  bool refuse_missing(const std::string& path) {
    exchange_.refuse(
        not_found("EntryNotFound", fmt::format("A file with this name doesn't exist: {}", path)));
    return false;
  }

  bool apply_files() {
    for (auto& [path, row] : inline_) {
      touched_ = true;
      files_.insert_or_assign(path, row);
    }
    for (const hub::wire::CommitLfsFile& file : request_.lfs_files) {
      auto row = lfs_row(file);
      if (refused(exchange_, row)) return false;
      touched_ = true;
      files_.insert_or_assign(file.path, std::move(*row));
    }
    return true;
  }

  // One that may not be used is refused as one that is not there: nobody learns of it by asking.
  Result<FileRow> lfs_row(const hub::wire::CommitLfsFile& file) {
    SLIPWAY_ASSIGN(const bool usable, hub_.may_use_object(account_, repo_, file.oid));
    if (!usable) {
      return fail(
          ErrorCode::kInvalidArgument,
          fmt::format("LFS pointer of {} points to an object that is not stored: {}", file.path, file.oid));
    }
    SLIPWAY_ASSIGN(const auto object, hub_.blobs.open(file.oid));
    SLIPWAY_ASSIGN(const os::FileStat stat, object->stat());
    const std::string pointer = hub::wire::lfs_pointer(file.oid, stat.size_bytes);
    return FileRow{.size = stat.size_bytes,
                   .oid = git_blob_sha1(as_bytes(pointer)),
                   .sha256 = file.oid,
                   .lfs = true,
                   .pointer_size = pointer.size()};
  }

  // A large file that no pattern covers gets a line of its own, in the same commit.
  bool cover_by_gitattributes() {
    std::string attributes;
    if (const auto at = files_.find(".gitattributes"); at != files_.end()) {
      auto text = hub_.blobs.text(at->second.sha256, kAttributesBytesMax);
      if (refused(exchange_, text)) return false;
      attributes = std::move(*text);
    }
    const std::size_t before = attributes.size();
    for (const hub::wire::CommitLfsFile& file : request_.lfs_files) {
      if (is_lfs_path(attributes, file.path)) continue;
      if (!attributes.empty() && !attributes.ends_with('\n')) attributes += '\n';
      attributes += lfs_line(file.path);
    }
    if (attributes.size() == before) return true;
    auto row = store_text(hub_, attributes);
    if (refused(exchange_, row)) return false;
    files_.insert_or_assign(".gitattributes", std::move(*row));
    return true;
  }

  CommitRow made() const {
    return make_commit(hub_, files_, head_.id, account_.name, request_.summary, request_.description);
  }

  void commit() {
    const CommitRow row = made();
    DiscussionChange change{.num = pull_.value_or(0), .only_while = {"draft", "open"}};
    if (pull_) change.events.push_back(commit_event(hub_, account_, row));
    const auto done = hub_.store->add_commit(repo_.key, branch_, row, files_, pull_ ? &change : nullptr);
    if (!done && done.error().code == ErrorCode::kInvalidArgument)  // it was over while the body came
      return exchange_.refuse({403, "", done.error().message});
    if (!refused(exchange_, done)) answer(row.id);
  }

  void create_pull() {
    const NewCommit first{made(), files_};
    const DiscussionRow row{.title = request_.summary,
                            .author = account_.name,
                            .created = hub_.now(),
                            .status = "open",
                            .pull_request = true,
                            .base = branch_,
                            .base_commit = head_.id};
    std::vector<EventRow> events{comment_event(hub_, account_, request_.description)};
    if (touched_) events.push_back(commit_event(hub_, account_, first.commit));
    const auto num = hub_.store->create_discussion(repo_.key, row, events, touched_ ? &first : nullptr);
    if (refused(exchange_, num)) return;
    answer(touched_ ? first.commit.id : head_.id, discussion_url(exchange_, repo_, *num));
  }

  void answer(const std::string& commit, const std::string& pull_url = "") {
    json::Value reply = json::Value::object(
        {{"success", true},
         {"commitOid", commit},
         {"commitUrl", fmt::format("{}/{}/commit/{}", exchange_.base_url(), repo_.full(), commit)},
         {"hookOutput", ""}});
    if (!pull_url.empty()) reply.set("pullRequestUrl", pull_url);
    exchange_.json(200, reply);
  }

  Hub& hub_;
  Exchange& exchange_;
  const Account& account_;
  const RepoRow& repo_;
  std::string branch_;
  bool creates_pull_;
  std::optional<std::int64_t> pull_{};
  CommitRow head_{};
  hub::wire::CommitRequest request_{};
  Files inline_{};
  Files files_{};
  std::size_t lines_ = 0;
  bool touched_ = false;
};

}  // namespace

void commit(Hub& hub, Exchange& exchange, const Account& account, const RepoRow& repo,
            const std::string& branch) {
  CommitJob(hub, exchange, account, repo, branch).run();
}

}  // namespace slipway::server
