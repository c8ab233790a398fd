// The writing calls of the client.
#include <algorithm>

#include <fmt/format.h>

#include "base/encoding.h"
#include "hub/client.h"
#include "hub/errors.h"
#include "hub/wire/fields.h"
#include "os/redirect.h"

namespace slipway::hub {
namespace {

constexpr std::size_t kBatchMax = 256;
constexpr std::string_view kCreatePr = "?create_pr=1";

std::vector<std::string> messages(const json::Value& body, std::string_view key) {
  std::vector<std::string> texts;
  const json::Value* rows = body.find(key);
  if (rows == nullptr || !rows->is_array()) return texts;
  for (const json::Value& row : rows->items()) {
    if (auto message = wire::maybe_text(row, "message")) texts.push_back(std::move(*message));
  }
  return texts;
}

// Errors usually come with a 400; one that comes with a 200 is no smaller.
Result<std::vector<std::string>> read_card_verdict(const json::Value& body) {
  const std::vector<std::string> errors = messages(body, "errors");
  if (!errors.empty())
    return fail(ErrorCode::kRefused,
                fmt::format("the Hub refuses the model card: {}", fmt::join(errors, "; ")));
  return messages(body, "warnings");
}

}  // namespace

// As stock clients: replies of the Hub itself name its public host, whatever stands before it.
std::string at_endpoint(std::string_view reference, std::string_view asked, std::string_view endpoint) {
  std::string url = os::resolve_url(asked, reference);
  for (const std::string_view host : {"https://huggingface.co", "https://hub-ci.huggingface.co"}) {
    if (os::origin_of(url) == host) return std::string(endpoint) + url.substr(host.size());
  }
  return url;
}

Result<bool> Client::create_repo(const wire::RepoId& repo, bool is_private) {
  Call call{.method = "POST",
            .path = "/api/repos/create",
            .what = repo.full(),
            .kind = CallKind::kUnsafeWrite,
            .repo = repo.full()};
  set_json(call, json::Value::object({{"name", repo.name},
                                      {"organization", repo.owner},
                                      {"type", "model"},
                                      {"visibility", is_private ? "private" : "public"},
                                      {"private", is_private}}));
  const auto reply = send(call);
  if (reply) return true;
  if (reply.error().code == ErrorCode::kAlreadyExists) return false;
  return std::unexpected(reply.error());
}

Result<std::vector<std::string>> Client::validate_card(std::string_view card) {
  Call call{.method = "POST", .path = "/api/validate-yaml", .what = "the model card"};
  set_json(call, json::Value::object({{"content", card}, {"repoType", "model"}}));
  return ask(call, read_card_verdict);
}

Result<std::vector<wire::PreuploadAnswer>> Client::preupload(const wire::RepoId& repo,
                                                             std::string_view revision,
                                                             const std::vector<wire::PreuploadFile>& files,
                                                             const wire::PreuploadOptions& options) {
  std::vector<wire::PreuploadAnswer> answers;
  for (std::size_t at = 0; at < files.size(); at += kBatchMax) {
    const auto end = std::min(files.size(), at + kBatchMax);
    const std::vector<wire::PreuploadFile> slice(files.begin() + static_cast<std::ptrdiff_t>(at),
                                                 files.begin() + static_cast<std::ptrdiff_t>(end));
    Call call = repo_call(
        repo, fmt::format("/preupload/{}{}", percent_encode(revision), options.create_pr ? kCreatePr : ""));
    call.method = "POST";
    call.kind = CallKind::kIdempotentWrite;
    set_json(call, wire::write_preupload(slice, options.gitignore));
    SLIPWAY_ASSIGN(const auto page, ask(call, wire::read_preupload_answer));
    for (const wire::PreuploadFile& file : slice) {
      const auto found = std::ranges::find(page, file.path, &wire::PreuploadAnswer::path);
      if (found == page.end()) {
        return fail(ErrorCode::kProtocol,
                    fmt::format("{} said nothing of {} in {}", options_.endpoint, file.path, repo.full()));
      }
      answers.push_back(*found);
    }
  }
  return answers;
}

std::string Client::commit_url(const wire::RepoId& repo, std::string_view commit) const {
  return fmt::format("{}/{}/commit/{}", options_.endpoint, repo.full(), commit);
}

Result<wire::CommitAnswer> Client::commit(const wire::RepoId& repo, std::string_view revision,
                                          const wire::CommitRequest& request, Target target) {
  const bool create_pr = target == Target::kNewPullRequest;
  Call call =
      repo_call(repo, fmt::format("/commit/{}{}", percent_encode(revision), create_pr ? kCreatePr : ""));
  call.method = "POST";
  call.kind = CallKind::kUnsafeWrite;
  call.moves_branch = true;
  call.body = os::text_body(wire::commit_body(request));
  call.headers.set("Content-Type", "application/x-ndjson");
  SLIPWAY_ASSIGN(const os::CollectedReply reply, send(call));
  SLIPWAY_ASSIGN(wire::CommitAnswer answer, understand(call, reply, wire::read_commit_answer));
  const std::string& asked = reply.response.final_url;
  if (create_pr && !answer.pull_request_url) {
    return fail(
        ErrorCode::kProtocol,
        fmt::format("{} made commit {} of {} without saying in which pull request ('pullRequestUrl' is "
                    "missing); look for it at {}/{}/discussions",
                    options_.endpoint, fit(answer.commit_oid, options_), repo.full(), options_.endpoint,
                    repo.full()));
  }
  if (answer.commit_url.empty()) answer.commit_url = commit_url(repo, answer.commit_oid);
  answer.commit_url = at_endpoint(answer.commit_url, asked, options_.endpoint);
  if (answer.pull_request_url)
    answer.pull_request_url = at_endpoint(*answer.pull_request_url, asked, options_.endpoint);
  return answer;
}

}  // namespace slipway::hub
