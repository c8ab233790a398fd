// The calls of the client that are about repositories as a whole.
#include <fmt/format.h>

#include "base/encoding.h"
#include "hub/client.h"

namespace slipway::hub {

Result<void> Client::set_private(const wire::RepoId& repo, bool is_private) {
  Call call = repo_call(repo, "/settings");
  call.method = "PUT";
  set_json(call,
           json::Value::object({{"visibility", is_private ? "private" : "public"}, {"private", is_private}}));
  SLIPWAY_ASSIGN(const os::CollectedReply reply, send(call));
  (void)reply;
  return {};
}

Result<void> Client::delete_repo(const wire::RepoId& repo) {
  Call call{.method = "DELETE", .path = "/api/repos/delete", .what = repo.full(), .retried = false};
  set_json(call, json::Value::object({{"name", repo.name}, {"organization", repo.owner}, {"type", "model"}}));
  SLIPWAY_ASSIGN(const os::CollectedReply reply, send(call));
  (void)reply;
  return {};
}

Result<void> Client::move_repo(const wire::RepoId& from, const wire::RepoId& to) {
  Call call{.method = "POST", .path = "/api/repos/move", .what = from.full(), .retried = false};
  set_json(call, json::Value::object({{"fromRepo", from.full()}, {"toRepo", to.full()}, {"type", "model"}}));
  SLIPWAY_ASSIGN(const os::CollectedReply reply, send(call));
  (void)reply;
  return {};
}

Result<std::vector<ListedRepo>> Client::list_repos(std::string_view owner) {
  std::vector<ListedRepo> repos;
  Call call{.path = fmt::format("/api/models?author={}&limit=1000", percent_encode(owner)),
            .what = fmt::format("the repositories of {}", owner)};
  while (true) {
    SLIPWAY_ASSIGN(const os::CollectedReply reply, send(call));
    const auto body = json::parse(reply.body);
    if (!body || !body->is_array())
      return fail(ErrorCode::kProtocol, fmt::format("{} gave a list that is none", options_.endpoint));
    for (const json::Value& row : body->items()) {
      const json::Value* id = row.find("id");
      const json::Value* is_private = row.find("private");
      if (id != nullptr)
        repos.push_back({id->string(), is_private != nullptr && is_private->as_bool().value_or(false)});
    }
    const auto next = next_page(reply.response, options_.endpoint);
    if (!next || body->items().empty()) return repos;
    call.path = *next;
  }
}

}  // namespace slipway::hub
