// hub/client.h - a Hub, spoken to: huggingface.co, our own server, or anything of its protocol.
//
// Contract   Calls are sent again by the rules of hub/retry.h. A commit that may have been done is never
//            sent twice by this class: in doubt it returns kNetwork/kUnavailable and the caller looks at the
//            history. The token goes to the endpoint's origin alone, and never with the bytes of an upload.
// Errors     docs/wire/errors.md: kUnauthorized, kNotFound, kConflict (412; 409 of a commit or merge),
//            kRefused, kUnavailable, kNetwork, kProtocol; each names the repository and says what to do
// Threads    share freely
// Source     docs/wire/client.md
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "hub/remote_file.h"
#include "hub/retry.h"
#include "hub/secret.h"
#include "hub/wire/pull_request.h"
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
  // Told of waits of 3 s and more, of a repository that was renamed, and once a topic of the server's own
  // warnings: one line each, from any thread.
  std::function<void(std::string_view)> tell{};
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

// Where a commit goes: to the revision itself, or to a new pull request on it.
enum class Target { kRevision, kNewPullRequest };

class Client {
 public:
  Client(os::World& world, ClientOptions options);

  Result<wire::WhoAmI> whoami();
  // "owner/name", or a bare name, which lies under the token's own account.
  Result<wire::RepoId> own_repo(std::string_view name);
  // False when it was there already.
  Result<bool> create_repo(const wire::RepoId& repo, bool is_private);
  Result<std::optional<wire::RepoInfo>> repo_info(const wire::RepoId& repo, std::string_view revision);
  // nullopt: no such repository or revision. Use repo_exists() to tell the two apart.
  Result<bool> repo_exists(const wire::RepoId& repo);
  Result<void> set_private(const wire::RepoId& repo, bool is_private);
  Result<void> set_gated(const wire::RepoId& repo, wire::Gated gated);
  Result<void> delete_repo(const wire::RepoId& repo);
  Result<void> move_repo(const wire::RepoId& from, const wire::RepoId& to);
  Result<std::vector<ListedRepo>> list_repos(std::string_view owner);
  // There already is fine. `starting_point`: a branch, tag or commit; empty is the default branch's head.
  Result<void> create_branch(const wire::RepoId& repo, std::string_view branch,
                             std::string_view starting_point = "");
  // A tag on `revision`; false when the tag was there already, wherever it points.
  Result<bool> create_tag(const wire::RepoId& repo, std::string_view revision, std::string_view tag,
                          std::string_view message);
  // Opens a draft whose ref, refs/pr/N, begins at the default branch's head; gives N.
  Result<std::uint64_t> open_pull_request(const wire::RepoId& repo, std::string_view title,
                                          std::string_view description);
  Result<wire::PullRequest> pull_request(const wire::RepoId& repo, std::uint64_t number);
  // Those of one account that are drafts or open; without description and base. At most 1,000. A server may
  // not know that it was asked for one author's.
  Result<std::vector<wire::PullRequest>> open_pull_requests(const wire::RepoId& repo,
                                                            std::string_view author);
  Result<void> open_draft(const wire::RepoId& repo, std::uint64_t number);  // no draft any more is fine
  // A draft is opened first. Merged already is fine, so that a lost answer can be followed by another call.
  // kConflict, with the files if they are told: the branch moved.
  Result<void> merge_pull_request(const wire::RepoId& repo, std::uint64_t number, std::string_view comment);
  Result<std::vector<RemoteFile>> tree(const wire::RepoId& repo, std::string_view revision);  // all pages
  Result<std::vector<wire::CommitInfo>> history(const wire::RepoId& repo, std::string_view revision,
                                                std::size_t commits_max);
  Result<std::vector<std::string>> validate_card(std::string_view card);  // warnings; errors are kRefused

  Result<std::vector<wire::PreuploadAnswer>> preupload(const wire::RepoId& repo, std::string_view revision,
                                                       const std::vector<wire::PreuploadFile>& files,
                                                       const wire::PreuploadOptions& options = {});
  // `revision`: a branch. A pull request's ref, or none, is not told to the batch, as stock clients do.
  Result<std::vector<wire::LfsAnswer>> lfs_batch(const wire::RepoId& repo, std::string_view revision,
                                                 const std::vector<wire::LfsObject>& objects);
  // Sends the whole object, or of a multipart answer part `index`; gives the part's ETag. Twice is harmless.
  Result<std::string> lfs_put(const wire::LfsAnswer& where, std::size_t index, const Content& content,
                              const std::function<void(std::uint64_t)>& sent);
  // Joins the parts when there are any, then asks for verification when the server wants it.
  Result<void> lfs_finish(const wire::LfsAnswer& where, const std::vector<std::string>& etags);
  Result<wire::CommitAnswer> commit(const wire::RepoId& repo, std::string_view revision,
                                    const wire::CommitRequest& request, Target target = Target::kRevision);

  // A small file as text; nullopt when repository, revision or file is not there.
  Result<std::optional<std::string>> fetch_text(const wire::RepoId& repo, std::string_view revision,
                                                std::string_view path, std::uint64_t size_bytes_max);
  // Streams a range of a file; `write` gets its bytes in order, each once, and none past its end. A cut
  // answer is gone on with; what came since the last one gives it new attempts. kUnsupported: the server
  // knows no ranges (nothing was written); kChanged: the file has another ETag than `range` says.
  Result<Downloaded> download(const wire::RepoId& repo, std::string_view revision, std::string_view path,
                              const DownloadRange& range, const std::function<Result<void>(Bytes)>& write);

  std::string commit_url(const wire::RepoId& repo, std::string_view commit) const;  // its page
  const ClientOptions& options() const { return options_; }
  std::int64_t now_unix_ms() const { return world_.clock.unix_ms(); }

 private:
  // A call, as far as its kind decides how it is sent.
  struct Call {
    std::string method = "GET";
    std::string path{};  // behind the endpoint; or a whole URL
    std::string what{};  // named in messages
    CallKind kind = CallKind::kRead;
    std::string repo{};  // "owner/name" when it is about one
    std::shared_ptr<os::BodySource> body{};
    os::Headers headers{};
    bool anonymous = false;  // the token stays at home, wherever the call goes
    bool moves_branch = false;
  };
  // The attempts of one call.
  struct Trial {
    CallKind kind;
    std::string_view what;
    int attempt = 1;
    os::Millis waited{0};
  };
  Call repo_call(const wire::RepoId& repo, std::string_view tail) const;
  Call file_call(const wire::RepoId& repo, std::string_view revision, std::string_view path) const;
  Result<void> set_open(const wire::RepoId& repo, std::uint64_t number);
  Call discussion_call(const wire::RepoId& repo, std::uint64_t number, std::string_view tail) const;
  os::HttpRequest request_of(const Call& call) const;
  // Sends, retries what passes; any other status than 2xx is an Error with http_status set.
  Result<os::CollectedReply> send(const Call& call);
  Result<os::CollectedReply> send_once(const Call& call);
  Result<wire::LfsAnswer> settled(const Call& call, const std::string& asked,
                                  const std::vector<wire::LfsAnswer>& page,
                                  const wire::LfsObject& object) const;
  // Sleeps until the next attempt; the error, with what was tried, when there is none.
  Result<void> wait_after(Error error, Trial& trial);
  Error refused(const os::HttpResponse& response, std::string_view body, const Call& call) const;
  // An error that was found in a reply: it names the call, and holds nothing that does not belong into a
  // message.
  Error told(const Call& call, const os::HttpResponse& response, Error error) const;
  Error unclear_reply(const Call& call, const os::HttpResponse& response, std::string_view problem) const;
  static void set_json(Call& call, const json::Value& body);
  void tell(std::string_view text) const;
  void tell_warnings(const os::HttpResponse& response);
  void tell_rename(const Call& call, const os::HttpResponse& response);

  // The reply's JSON as `read` understands it; kProtocol names the call and the field that is wrong.
  template <class Read>
  std::invoke_result_t<Read, const json::Value&> understand(const Call& call, const os::CollectedReply& reply,
                                                            Read read) const {
    const auto body = json::parse(reply.body);
    if (!body) return std::unexpected(unclear_reply(call, reply.response, "text that is no JSON"));
    auto value = read(*body);
    if (!value) return std::unexpected(told(call, reply.response, std::move(value).error()));
    return value;
  }
  template <class Read>
  std::invoke_result_t<Read, const json::Value&> ask(const Call& call, Read read) {
    SLIPWAY_ASSIGN(const os::CollectedReply reply, send(call));
    return understand(call, reply, read);
  }

  struct Told;  // what has been told already
  os::World& world_;
  ClientOptions options_;
  std::shared_ptr<Told> told_;
};

// What a reference in the answer to `asked` means, with the public host of huggingface.co (or its CI)
// replaced by the endpoint.
std::string at_endpoint(std::string_view reference, std::string_view asked, std::string_view endpoint);
// The address of the next page in a Link header, when it stays at the endpoint.
Result<std::optional<std::string>> next_page(const os::HttpResponse& response, std::string_view endpoint);

}  // namespace slipway::hub
