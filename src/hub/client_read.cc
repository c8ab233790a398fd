// The reading calls of the client.
#include <algorithm>

#include <fmt/format.h>

#include "base/encoding.h"
#include "hub/client.h"
#include "hub/errors.h"
#include "hub/range_sink.h"
#include "os/redirect.h"

namespace slipway::hub {
namespace {

constexpr std::size_t kTreeEntriesMax = 1'000'000;
constexpr std::size_t kPagesMax = 10'000;

bool is_absent(const Error& error) { return error.code == ErrorCode::kNotFound && error.http_status != 0; }

Error cut_answer(const std::string& what) {
  return {.code = ErrorCode::kNetwork,
          .message = fmt::format("{} came cut; check the network and run again", what)};
}

std::string resolve_path(const wire::RepoId& repo, std::string_view revision, std::string_view path) {
  return fmt::format("/{}/{}/resolve/{}/{}", percent_encode(repo.owner), percent_encode(repo.name),
                     percent_encode(revision), percent_encode(path, "/"));
}

}  // namespace

Result<std::optional<std::string>> next_page(const os::HttpResponse& response, std::string_view endpoint) {
  const std::string link = response.headers.find("Link").value_or("");
  const std::size_t rel = link.find("rel=\"next\"");
  if (rel == std::string::npos) return std::nullopt;
  const std::size_t open = link.rfind('<', rel);
  const std::size_t close = link.find('>', open == std::string::npos ? 0 : open);
  if (open == std::string::npos || close == std::string::npos || close > rel) return std::nullopt;
  std::string url = at_endpoint(link.substr(open + 1, close - open - 1), response.final_url, endpoint);
  if (os::origin_of(url) == os::origin_of(endpoint)) return std::optional(std::move(url));
  return fail(
      ErrorCode::kProtocol,
      fmt::format("{} says that its list goes on at {}, where nothing is read from; check the endpoint, "
                  "or the proxy in front of it",
                  endpoint, one_line(os::origin_of(url))));
}

Result<wire::WhoAmI> Client::whoami() {
  return ask({.path = "/api/whoami-v2", .what = "your account"}, wire::read_whoami);
}

Result<wire::RepoId> Client::own_repo(std::string_view name) {
  if (name.find('/') != std::string_view::npos) return wire::parse_repo_id(name);
  SLIPWAY_TRY(wire::check_repo_name(name));
  SLIPWAY_ASSIGN(const wire::WhoAmI account, whoami());
  return wire::parse_repo_id(fmt::format("{}/{}", account.name, name));
}

Result<std::optional<wire::RepoInfo>> Client::repo_info(const wire::RepoId& repo, std::string_view revision) {
  Call call = repo_call(repo, fmt::format("/revision/{}", percent_encode(revision)));
  call.what = fmt::format("{} at {}", repo.full(), revision);
  auto info = ask(call, wire::read_repo_info);
  if (info) return std::optional(std::move(*info));
  if (is_absent(info.error())) return std::nullopt;
  return std::unexpected(std::move(info).error());
}

Result<bool> Client::repo_exists(const wire::RepoId& repo) {
  const auto reply = send(repo_call(repo, ""));
  if (!reply && is_absent(reply.error())) return false;
  if (!reply) return std::unexpected(reply.error());
  return true;
}

Result<std::vector<RemoteFile>> Client::tree(const wire::RepoId& repo, std::string_view revision) {
  std::vector<RemoteFile> files;
  Call call = repo_call(repo, fmt::format("/tree/{}?recursive=true&expand=false", percent_encode(revision)));
  call.what = fmt::format("the tree of {} at {}", repo.full(), revision);
  for (std::size_t page = 0; page < kPagesMax && files.size() < kTreeEntriesMax; ++page) {
    SLIPWAY_ASSIGN(const os::CollectedReply reply, send(call));
    SLIPWAY_ASSIGN(const auto entries, understand(call, reply, wire::read_tree));
    for (const wire::TreeEntry& entry : entries) {
      if (!entry.directory) files.push_back({entry.path, entry.size, entry.oid, entry.lfs_oid});
    }
    SLIPWAY_ASSIGN(const auto next, next_page(reply.response, options_.endpoint));
    if (!next) return files;
    call.path = *next;
  }
  return fail(ErrorCode::kUnsupported, fmt::format("{} has more files than this version reads", repo.full()));
}

Result<std::vector<wire::CommitInfo>> Client::history(const wire::RepoId& repo, std::string_view revision,
                                                      std::size_t commits_max) {
  std::vector<wire::CommitInfo> commits;
  Call call = repo_call(repo, fmt::format("/commits/{}", percent_encode(revision)));
  call.what = fmt::format("the history of {} at {}", repo.full(), revision);
  while (true) {
    SLIPWAY_ASSIGN(const os::CollectedReply reply, send(call));
    SLIPWAY_ASSIGN(auto page, understand(call, reply, wire::read_commits));
    std::ranges::move(page, std::back_inserter(commits));
    SLIPWAY_ASSIGN(const auto next, next_page(reply.response, options_.endpoint));
    if (!next || commits.size() >= commits_max || page.empty()) break;
    call.path = *next;
  }
  if (commits.size() > commits_max) commits.resize(commits_max);
  return commits;
}

Client::Call Client::file_call(const wire::RepoId& repo, std::string_view revision,
                               std::string_view path) const {
  return {.path = resolve_path(repo, revision, path),
          .what = fmt::format("{} of {}", path, repo.full()),
          .repo = repo.full()};
}

Result<std::optional<std::string>> Client::fetch_text(const wire::RepoId& repo, std::string_view revision,
                                                      std::string_view path, std::uint64_t size_bytes_max) {
  const Call call = file_call(repo, revision, path);
  auto reply = send(call);
  if (!reply && is_absent(reply.error())) return std::nullopt;
  if (!reply) return std::unexpected(std::move(reply).error());
  if (reply->body.size() > size_bytes_max) {
    return fail(ErrorCode::kRefused, fmt::format("{} has {} bytes, more than is read of such a file",
                                                 call.what, reply->body.size()));
  }
  return std::optional(std::move(reply->body));
}

Result<Downloaded> Client::download(const wire::RepoId& repo, std::string_view revision,
                                    std::string_view path, const DownloadRange& range,
                                    const std::function<Result<void>(Bytes)>& write) {
  const Call call = file_call(repo, revision, path);
  RangeSink taken{range, call.what, write};
  Trial trial{.kind = call.kind, .what = call.what};
  std::uint64_t at_failure = range.begin;
  while (true) {
    os::HttpRequest request = request_of(call);
    if (const std::string asked = taken.header(); !asked.empty()) request.headers.set("Range", asked);
    taken.begin_answer();
    auto response = world_.http.send(request, taken.sink());
    if (response) tell_warnings(*response);
    if (response && taken.good()) {
      if (taken.whole() || range.end == UINT64_MAX) return taken.downloaded(*response);
      if (taken.at() == at_failure) {
        return fail(
            ErrorCode::kCorruptData,
            fmt::format("{} ends after {} bytes, {} are wanted; ask whoever keeps it to upload it again",
                        call.what, taken.at(), range.end));
      }
    }
    Error error = !response      ? std::move(response).error()
                  : taken.good() ? cut_answer(call.what)
                                 : refused(*response, taken.text(), call);
    if (taken.at() > at_failure) trial = {.kind = call.kind, .what = call.what};  // patience begins anew
    at_failure = taken.at();
    SLIPWAY_TRY(wait_after(std::move(error), trial));
  }
}

}  // namespace slipway::hub
