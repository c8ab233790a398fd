// The reading calls of the client.
#include <algorithm>

#include <fmt/format.h>

#include "base/encoding.h"
#include "hub/client.h"
#include "os/redirect.h"

namespace slipway::hub {
namespace {

constexpr std::size_t kTreeEntriesMax = 1'000'000;
constexpr std::size_t kPagesMax = 10'000;
constexpr std::size_t kRefusalBytesMax = 16u << 10;

bool is_absent(const Error& error) { return error.code == ErrorCode::kNotFound && error.http_status != 0; }

// An ETag as an identity: without the quotes and the mark of a weak one.
std::string plain_etag(std::string_view etag) {
  if (etag.starts_with("W/")) etag.remove_prefix(2);
  if (etag.size() >= 2 && etag.starts_with('"') && etag.ends_with('"'))
    etag = etag.substr(1, etag.size() - 2);
  return std::string(etag);
}

std::optional<std::uint64_t> range_start(const os::HttpResponse& response) {
  const std::string range = response.headers.find("Content-Range").value_or("");
  if (!range.starts_with("bytes ")) return std::nullopt;
  const auto start = json::parse(range.substr(6, range.find('-') - 6));
  return start ? start->as_uint() : std::nullopt;
}

std::string resolve_path(const wire::RepoId& repo, std::string_view revision, std::string_view path) {
  return fmt::format("/{}/{}/resolve/{}/{}", percent_encode(repo.owner), percent_encode(repo.name),
                     percent_encode(revision), percent_encode(path, "/"));
}

}  // namespace

std::optional<std::string> next_page(const os::HttpResponse& response, std::string_view endpoint) {
  const std::string link = response.headers.find("Link").value_or("");
  const std::size_t rel = link.find("rel=\"next\"");
  if (rel == std::string::npos) return std::nullopt;
  const std::size_t open = link.rfind('<', rel);
  const std::size_t close = link.find('>', open == std::string::npos ? 0 : open);
  if (open == std::string::npos || close == std::string::npos || close > rel) return std::nullopt;
  std::string url = os::resolve_url(endpoint, link.substr(open + 1, close - open - 1));
  if (os::origin_of(url) != os::origin_of(endpoint)) return std::nullopt;
  return url;
}

Result<wire::WhoAmI> Client::whoami() {
  return ask({.path = "/api/whoami-v2", .what = "your account"}, wire::read_whoami);
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
    const auto next = next_page(reply.response, options_.endpoint);
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
    const auto next = next_page(reply.response, options_.endpoint);
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

namespace {

// One attempt at a download: passes on what follows `at`, and moves it.
class Incoming {
 public:
  Incoming(std::uint64_t& at, const std::function<Result<void>(Bytes)>& write) : at_(at), write_(write) {}

  os::ReplySink sink() {
    return {.head = [this](const os::HttpResponse& head) { return begin(head); },
            .body = [this](Bytes bytes) { return take(bytes); }};
  }
  bool good() const { return good_; }
  const std::string& refusal_text() const { return text_; }

 private:
  Result<void> begin(const os::HttpResponse& head) {
    good_ = head.status == 200 || (head.status == 206 && range_start(head) == at_);
    skip_ = head.status == 200 ? at_ : 0;  // the range was not honoured: what is there is passed over
    text_.clear();
    return {};
  }

  Result<void> take(Bytes bytes) {
    if (!good_) {
      text_.append(as_text(bytes).substr(0, kRefusalBytesMax - std::min(kRefusalBytesMax, text_.size())));
      return {};
    }
    const auto passed = static_cast<std::size_t>(std::min<std::uint64_t>(skip_, bytes.size()));
    skip_ -= passed;
    bytes = bytes.subspan(passed);
    SLIPWAY_TRY(write_(bytes));
    at_ += bytes.size();
    return {};
  }

  std::uint64_t& at_;
  const std::function<Result<void>(Bytes)>& write_;
  bool good_ = false;
  std::uint64_t skip_ = 0;
  std::string text_{};
};

Result<Downloaded> downloaded(const os::HttpResponse& response, std::uint64_t size, std::string_view what) {
  const auto linked = json::parse(response.headers.find("X-Linked-Size").value_or("null"));
  const auto promised = linked ? linked->as_uint() : std::nullopt;
  if (promised && *promised != size) {
    return fail(ErrorCode::kCorruptData,
                fmt::format("{} has {} bytes and the Hub says {}; fetch it again", what, size, *promised));
  }
  const std::string etag = response.headers.find("ETag").value_or("");
  return Downloaded{.commit = response.headers.find("X-Repo-Commit").value_or(""),
                    .etag = plain_etag(response.headers.find("X-Linked-Etag").value_or(etag)),
                    .size = size};
}

}  // namespace

Result<Downloaded> Client::download(const wire::RepoId& repo, std::string_view revision,
                                    std::string_view path, std::uint64_t offset,
                                    const std::function<Result<void>(Bytes)>& write) {
  const Call call = file_call(repo, revision, path);
  std::uint64_t at = offset;
  Trial trial{.kind = call.kind, .what = call.what};
  while (true) {
    os::HttpRequest request = request_of(call);
    if (at > 0) request.headers.set("Range", fmt::format("bytes={}-", at));
    const std::uint64_t before = at;
    Incoming incoming(at, write);
    auto response = world_.http.send(request, incoming.sink());
    if (response) tell_warnings(*response);
    if (response && incoming.good()) return downloaded(*response, at, call.what);
    if (at > before) trial = {.kind = call.kind, .what = call.what};  // it went on: patience begins anew
    SLIPWAY_TRY(wait_after(
        response ? refused(*response, incoming.refusal_text(), call) : std::move(response).error(), trial));
  }
}

}  // namespace slipway::hub
