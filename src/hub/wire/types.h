// hub/wire/types.h - the Hub's requests and replies as values, shared by our client and our server.
//
// Contract   Parsers are total and bounded; they read what stock clients send, in all their spellings.
// Limits     JSON bodies 16 MiB; a commit's inline content 100 MB (streamed line by line)
// Source     docs/wire/hub.md
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

struct RepoId {
  std::string owner;
  std::string name;
  std::string full() const { return owner + "/" + name; }
  bool operator==(const RepoId&) const = default;
};
// "owner/name" by the Hub's name rules; kInvalidArgument says which rule.
Result<RepoId> parse_repo_id(std::string_view text);
Result<void> check_repo_name(std::string_view name);  // one part

struct CreateRepo {
  std::string name;
  std::optional<std::string> organization{};
  std::optional<bool> is_private{};  // of visibility or private
  std::string type = "model";
};

enum class UploadMode { kRegular, kLfs };
struct PreuploadFile {
  std::string path;
  std::string sample{};  // decoded, at most 512 bytes
  std::uint64_t size = 0;
};
struct PreuploadAnswer {
  std::string path;
  UploadMode mode = UploadMode::kRegular;
  bool should_ignore = false;
  std::optional<std::string> oid{};  // present at the revision: sha256 for LFS, git blob sha1 else
};

struct PreuploadOptions {
  std::optional<std::string> gitignore{};  // text of the .gitignore of the same upload
  bool create_pr = false;
};

struct LfsObject {
  std::string oid;  // sha256
  std::uint64_t size = 0;
};
struct LfsAction {
  std::string href;
  std::vector<std::pair<std::string, std::string>> header{};
  std::optional<std::uint64_t> expires_in_s{};
  std::string expires_at{};  // RFC 3339, when it is given
};
// Where the parts of a multipart upload go, in order; all but the last have `chunk_bytes`.
struct LfsParts {
  std::uint64_t chunk_bytes = 0;
  std::vector<std::string> urls{};
};
struct LfsAnswer {
  std::string oid;
  std::uint64_t size = 0;
  std::optional<LfsAction> upload{};  // absent: stored already
  std::optional<LfsAction> verify{};
  std::optional<std::string> error{};
  int error_code = 0;
  std::optional<LfsParts> parts{};               // of a multipart upload; upload->href joins them
  std::optional<std::int64_t> valid_until_ms{};  // unix time, when the addresses expire
};

struct CommitFile {  // small, inline
  std::string path;
  std::string content{};  // decoded
};
struct CommitLfsFile {
  std::string path;
  std::string oid;
  std::optional<std::uint64_t> size{};
};
struct CommitRequest {
  std::string summary{};
  std::string description{};
  std::optional<std::string> parent_commit{};
  std::vector<CommitFile> files{};
  std::vector<CommitLfsFile> lfs_files{};
  std::vector<std::string> deleted_files{};
  std::vector<std::string> deleted_folders{};
};
struct CommitAnswer {
  std::string commit_oid;
  std::string commit_url;
  std::optional<std::string> pull_request_url{};
};

struct TreeEntry {
  bool directory = false;
  std::string path;
  std::uint64_t size = 0;
  std::string oid{};                     // git sha1 (of the pointer for LFS)
  std::optional<std::string> lfs_oid{};  // sha256
  std::uint64_t pointer_size = 0;
};

struct CommitInfo {
  std::string id;
  std::string title;
  std::string message{};
  std::string date{};
};

enum class Gated { kNo, kAuto, kManual };
struct RepoInfo {
  std::string id;  // as the Hub names it now: another one than asked for when it was renamed
  std::string sha;
  bool is_private = false;
  Gated gated = Gated::kNo;
  bool disabled = false;
};

struct WhoAmI {
  std::string name;
  std::vector<std::string> orgs{};
  std::string role{};
};

// The body of a commit, one NDJSON line at a time, in the order a stock client sends.
std::string commit_header_line(const CommitRequest& request);
std::string commit_file_line(const CommitFile& file);
std::string commit_lfs_line(const CommitLfsFile& file);
std::string commit_deleted_file_line(std::string_view path);
std::string commit_body(const CommitRequest& request);
// Adds one line to `request`; an unknown key is kInvalidArgument.
Result<void> read_commit_line(std::string_view line, CommitRequest& request);

Result<CreateRepo> read_create_repo(const json::Value& body);
Result<std::vector<PreuploadFile>> read_preupload(const json::Value& body);
json::Value write_preupload(const std::vector<PreuploadFile>& files,
                            const std::optional<std::string>& gitignore = {});
Result<std::vector<PreuploadAnswer>> read_preupload_answer(const json::Value& body);
json::Value write_preupload_answer(const std::vector<PreuploadAnswer>& answers);
Result<std::vector<LfsObject>> read_lfs_batch(const json::Value& body);  // of an upload batch
json::Value write_lfs_batch(const std::vector<LfsObject>& objects);
Result<std::vector<LfsAnswer>> read_lfs_answer(const json::Value& body);
// The parts that an upload's header names (`chunk_size`, "1", "00002", ...), whatever the transfer is called;
// nullopt when it names none. kProtocol when they do not make up `size`.
Result<std::optional<LfsParts>> lfs_parts(const LfsAction& upload, std::uint64_t size);
json::Value write_lfs_completion(std::string_view oid, const std::vector<std::string>& etags);
Result<CommitAnswer> read_commit_answer(const json::Value& body);
Result<std::vector<TreeEntry>> read_tree(const json::Value& body);
json::Value write_tree_entry(const TreeEntry& entry);
Result<RepoInfo> read_repo_info(const json::Value& body);
Result<WhoAmI> read_whoami(const json::Value& body);
Result<std::vector<CommitInfo>> read_commits(const json::Value& body);

// The text git stores for an LFS file, and its parser.
std::string lfs_pointer(std::string_view sha256, std::uint64_t size);
struct LfsPointer {
  std::string sha256;
  std::uint64_t size = 0;
};
std::optional<LfsPointer> parse_lfs_pointer(std::string_view text);

}  // namespace slipway::hub::wire
