// hub/client.h - a Hub, spoken to: huggingface.co, our own server, or anything of its protocol.
//
// Contract   Reads are retried by hub/retry.h; so are uploads of bytes (content-addressed). A commit
//            is never sent twice by this class: in doubt it returns kNetwork/kUnavailable and the
//            caller looks at the history. The token goes to the endpoint's host alone.
// Errors     kUnauthorized, kNotFound, kConflict (412), kUnavailable, kNetwork, kProtocol; each names
//            the repository and says what to do
// Threads    share freely
// Source     docs/wire/hub.md
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hub/retry.h"
#include "hub/secret.h"
#include "hub/wire/types.h"
#include "os/world.h"
#include "slipway/content.h"
#include "slipway/result.h"

namespace slipway::hub {

struct ClientOptions {
  std::string endpoint = "https://huggingface.co";  // without a final slash
  Secret token{};
  RetryPolicy retry{};
  std::string user_agent = "slipway";
};

// A page of the tree; `lfs` decides which identity compares with ours.
struct RemoteFile {
  std::string path;
  std::uint64_t size = 0;
  std::string git_oid{};
  std::optional<std::string> sha256{};  // of LFS files
};

struct Downloaded {
  std::string commit{};  // X-Repo-Commit
  std::string etag{};
  std::uint64_t size = 0;
};

// Which bytes of a file; as it stands, all of them.
struct DownloadRange {
  std::uint64_t begin = 0;
  std::uint64_t end = UINT64_MAX;  // one past the last byte; more than the file has: to its end
  std::string etag{};              // of an earlier answer about the same file; "" when there was none
};

struct ListedRepo {
  std::string id{};  // "owner/name"
  bool is_private = false;
};

class Client {
 public:
  Client(os::World& world, ClientOptions options);

  Result<wire::WhoAmI> whoami();
  // False when it was there already. `url_owner`: null means the token's own namespace.
  Result<bool> create_repo(const wire::RepoId& repo, bool is_private);
  Result<std::optional<wire::RepoInfo>> repo_info(const wire::RepoId& repo, std::string_view revision);
  // nullopt: no such repository or revision. Use repo_exists() to tell the two apart.
  Result<bool> repo_exists(const wire::RepoId& repo);
  Result<void> set_private(const wire::RepoId& repo, bool is_private);
  Result<void> delete_repo(const wire::RepoId& repo);
  Result<void> move_repo(const wire::RepoId& from, const wire::RepoId& to);
  Result<std::vector<ListedRepo>> list_repos(std::string_view owner);
  Result<void> create_branch(const wire::RepoId& repo, std::string_view branch);  // there already is fine
  Result<std::vector<RemoteFile>> tree(const wire::RepoId& repo, std::string_view revision);  // all pages
  Result<std::vector<wire::CommitInfo>> history(const wire::RepoId& repo, std::string_view revision,
                                                std::size_t commits_max);
  Result<std::vector<std::string>> validate_card(std::string_view card);  // warnings; errors are kRefused

  Result<std::vector<wire::PreuploadAnswer>> preupload(const wire::RepoId& repo, std::string_view revision,
                                                       const std::vector<wire::PreuploadFile>& files);
  Result<std::vector<wire::LfsAnswer>> lfs_batch(const wire::RepoId& repo, std::string_view revision,
                                                 const std::vector<wire::LfsObject>& objects);
  Result<void> lfs_put(const wire::LfsAnswer& where, const Content& content,
                       const std::function<void(std::uint64_t)>& sent);  // basic transfer, then verify
  Result<wire::CommitAnswer> commit(const wire::RepoId& repo, std::string_view revision,
                                    const wire::CommitRequest& request);

  // A small file as text; nullopt when repository, revision or file is not there.
  Result<std::optional<std::string>> fetch_text(const wire::RepoId& repo, std::string_view revision,
                                                std::string_view path, std::uint64_t size_bytes_max);
  // Streams a range of a file; `write` gets its bytes in order, each once, and none past its end. A cut
  // answer is gone on with; what came since the last one gives it new attempts. kUnsupported: the server
  // knows no ranges (nothing was written); kChanged: the file has another ETag than `range` says.
  Result<Downloaded> download(const wire::RepoId& repo, std::string_view revision, std::string_view path,
                              const DownloadRange& range, const std::function<Result<void>(Bytes)>& write);

  const ClientOptions& options() const { return options_; }

 private:
  // A call, as far as its kind decides how it is sent.
  struct Call {
    std::string method = "GET";
    std::string path{};  // behind the endpoint; or a whole URL
    std::string what{};  // named in messages
    std::shared_ptr<os::BodySource> body{};
    os::Headers headers{};
    bool retried = true;
  };
  Call repo_call(const wire::RepoId& repo, std::string_view tail) const;
  os::HttpRequest request_of(const Call& call) const;
  // Sends, retries what passes; any other status than 2xx is an Error with http_status set.
  Result<os::CollectedReply> send(const Call& call);
  Result<os::CollectedReply> send_once(const Call& call);
  Result<json::Value> send_json(const Call& call);
  static void set_json(Call& call, const json::Value& body);

  os::World& world_;
  ClientOptions options_;
};

// The address of the next page in a Link header, when it stays at the endpoint.
std::optional<std::string> next_page(const os::HttpResponse& response, std::string_view endpoint);

}  // namespace slipway::hub
