// The calls of the client that are about repositories as a whole.
#include <algorithm>

#include <fmt/format.h>

#include "base/encoding.h"
#include "hub/client.h"
#include "hub/wire/fields.h"

namespace slipway::hub {
namespace {

constexpr std::size_t kListPagesMax = 1'000;

Result<std::vector<ListedRepo>> read_repos(const json::Value& body) {
  if (!body.is_array()) return wire::malformed("the repositories must be a list");
  std::vector<ListedRepo> repos;
  for (const json::Value& row : body.items()) {
    SLIPWAY_ASSIGN(std::string id, wire::need_text(row, "id"));
    repos.push_back({std::move(id), wire::maybe_bool(row, "private").value_or(false)});
  }
  return repos;
}

}  // namespace

Result<void> Client::set_private(const wire::RepoId& repo, bool is_private) {
  Call call = repo_call(repo, "/settings");
  call.method = "PUT";
  call.kind = CallKind::kIdempotentWrite;
  set_json(call,
           json::Value::object({{"visibility", is_private ? "private" : "public"}, {"private", is_private}}));
  SLIPWAY_ASSIGN(const os::CollectedReply reply, send(call));
  (void)reply;
  return {};
}

Result<void> Client::set_gated(const wire::RepoId& repo, wire::Gated gated) {
  Call call = repo_call(repo, "/settings");
  call.method = "PUT";
  call.kind = CallKind::kIdempotentWrite;
  json::Value body = json::Value::object();
  if (gated == wire::Gated::kNo)
    body.set("gated", false);
  else
    body.set("gated", gated == wire::Gated::kAuto ? "auto" : "manual");
  set_json(call, body);
  SLIPWAY_ASSIGN(const os::CollectedReply reply, send(call));
  (void)reply;
  return {};
}

Result<void> Client::delete_repo(const wire::RepoId& repo) {
  Call call{.method = "DELETE",
            .path = "/api/repos/delete",
            .what = repo.full(),
            .kind = CallKind::kUnsafeWrite,
            .repo = repo.full()};
  set_json(call, json::Value::object({{"name", repo.name}, {"organization", repo.owner}, {"type", "model"}}));
  SLIPWAY_ASSIGN(const os::CollectedReply reply, send(call));
  (void)reply;
  return {};
}

Result<void> Client::move_repo(const wire::RepoId& from, const wire::RepoId& to) {
  Call call{.method = "POST",
            .path = "/api/repos/move",
            .what = from.full(),
            .kind = CallKind::kUnsafeWrite,
            .repo = from.full()};
  set_json(call, json::Value::object({{"fromRepo", from.full()}, {"toRepo", to.full()}, {"type", "model"}}));
  SLIPWAY_ASSIGN(const os::CollectedReply reply, send(call));
  (void)reply;
  return {};
}

Result<std::vector<ListedRepo>> Client::list_repos(std::string_view owner) {
  std::vector<ListedRepo> repos;
  Call call{.path = fmt::format("/api/models?author={}&limit=1000", percent_encode(owner)),
            .what = fmt::format("the repositories of {}", owner)};
  for (std::size_t number = 0; number < kListPagesMax; ++number) {
    SLIPWAY_ASSIGN(const os::CollectedReply reply, send(call));
    SLIPWAY_ASSIGN(auto page, understand(call, reply, read_repos));
    const bool last = page.empty();
    std::ranges::move(page, std::back_inserter(repos));
    SLIPWAY_ASSIGN(const auto next, next_page(reply.response, options_.endpoint));
    if (!next || last) return repos;
    call.path = *next;
  }
  return fail(ErrorCode::kUnsupported,
              fmt::format("{} has more repositories than this version lists", owner));
}

}  // namespace slipway::hub
