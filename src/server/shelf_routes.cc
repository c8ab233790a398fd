// The Hub's shelf: which repositories there are, and putting one under another name.
#include <algorithm>

#include <fmt/format.h>

#include "base/encoding.h"
#include "hub/wire/types.h"
#include "server/routes.h"

namespace slipway::server {
namespace {

constexpr std::size_t kListedPage = 1000;

std::string single(const Exchange& exchange, std::string_view key) {
  const auto values = exchange.query(key);
  return values.empty() ? std::string() : values.back();
}

std::size_t number(const Exchange& exchange, std::string_view key, std::size_t otherwise) {
  const auto parsed = json::parse(single(exchange, key));
  return parsed ? static_cast<std::size_t>(parsed->as_uint().value_or(otherwise)) : otherwise;
}

std::optional<hub::wire::RepoId> named(Exchange& exchange, const json::Value& body, std::string_view key) {
  const json::Value* value = body.find(key);
  auto id = hub::wire::parse_repo_id(value == nullptr ? "" : value->string());
  if (refused(exchange, id)) return std::nullopt;
  return std::move(*id);
}

}  // namespace

void list_repos(Hub& hub, Exchange& exchange, const Account& account) {
  const auto rows = hub.store->list_repos();
  if (refused(exchange, rows)) return;
  const std::string author = single(exchange, "author");
  const std::string search = single(exchange, "search");
  const std::size_t limit = std::clamp<std::size_t>(number(exchange, "limit", kListedPage), 1, kListedPage);
  const std::size_t from = number(exchange, "cursor", 0);
  std::size_t found = 0;
  os::Headers headers;
  json::Value listed = json::Value::array();
  for (const RepoRow& row : *rows) {
    if (row.is_private && account.anonymous) continue;
    if (!author.empty() && row.owner != author) continue;
    if (!search.empty() && row.full().find(search) == std::string::npos) continue;
    if (found++ < from) continue;
    if (listed.items().size() == limit) {
      headers.set("Link", fmt::format("<{}/api/models?author={}&search={}&limit={}&cursor={}>; rel=\"next\"",
                                      exchange.base_url(), percent_encode(author), percent_encode(search),
                                      limit, from + limit));
      break;
    }
    listed.push_back(
        json::Value::object({{"_id", fmt::format("{:024x}", row.key)},
                             {"id", row.full()},
                             {"modelId", row.full()},
                             {"author", row.owner},
                             {"private", row.is_private},
                             {"gated", row.gated.empty() ? json::Value(false) : json::Value(row.gated)},
                             {"createdAt", row.created},
                             {"downloads", 0},
                             {"likes", 0},
                             {"tags", json::Value::array()}}));
  }
  exchange.json(200, listed, std::move(headers));
}

void move_repo(Hub& hub, Exchange& exchange, const Account& account) {
  const auto body = exchange.read_json();
  if (refused(exchange, body)) return;
  const auto from = named(exchange, *body, "fromRepo");
  if (!from) return;
  const auto to = named(exchange, *body, "toRepo");
  if (!to) return;
  const auto repo = hub.readable_repo(exchange, account, from->owner, from->name);
  if (!repo || !hub.may_write(exchange, account, from->owner) || !hub.may_write(exchange, account, to->owner))
    return;
  const auto moved = hub.store->rename_repo(repo->key, to->owner, to->name);
  if (!moved && moved.error().code == ErrorCode::kAlreadyExists)
    return exchange.refuse({409, "", moved.error().message});
  if (!refused(exchange, moved)) exchange.json(200, json::Value::object());
}

}  // namespace slipway::server
