#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "hub/wire/types.h"
#include "server/gitattributes.h"
#include "server/make_commit.h"
#include "server/routes.h"
#include "text/front_matter.h"

namespace slipway::server {
namespace {

constexpr std::size_t kCommitsPage = 50;
constexpr std::size_t kCommitsPageMax = 1000;
constexpr std::uint64_t kCardBytesMax = 1u << 20;

json::Value repo_json(const Exchange& exchange, const std::string& full) {
  return json::Value::object(
      {{"url", fmt::format("{}/{}", exchange.base_url(), full)}, {"name", full}, {"id", full}});
}

std::optional<hub::wire::RepoId> wanted_repo(Exchange& exchange, const Account& account,
                                             const hub::wire::CreateRepo& wanted) {
  const std::string owner = wanted.organization.value_or(account.name);
  auto id = hub::wire::parse_repo_id(fmt::format("{}/{}", owner, wanted.name));
  if (refused(exchange, id)) return std::nullopt;
  return std::move(*id);
}

// The card's front matter as JSON; an empty object when there is none that parses.
json::Value card_data(Hub& hub, const Files& files) {
  const auto at = files.find("README.md");
  if (at == files.end()) return json::Value::object();
  const auto card = hub.blobs.text(at->second.sha256, kCardBytesMax);
  if (!card) return json::Value::object();
  const auto front = text::FrontMatter::parse(text::split_card(*card).block);
  if (!front || front->root().kind != yaml::Kind::kMap) return json::Value::object();
  return yaml::to_json(front->root());
}

json::Value tags_of(const json::Value& card) {
  json::Value tags = json::Value::array();
  const auto add = [&](const json::Value* value, std::string_view prefix) {
    if (value == nullptr) return;
    if (value->is_string()) tags.push_back(fmt::format("{}{}", prefix, value->string()));
    for (const json::Value& item : value->items()) {
      if (item.is_string()) tags.push_back(fmt::format("{}{}", prefix, item.string()));
    }
  };
  add(card.find("library_name"), "");
  add(card.find("tags"), "");
  add(card.find("language"), "");
  add(card.find("datasets"), "dataset:");
  add(card.find("base_model"), "base_model:");
  add(card.find("license"), "license:");
  return tags;
}

json::Value siblings_of(const Files& files, bool with_blobs) {
  json::Value siblings = json::Value::array();
  for (const auto& [path, row] : files) {
    json::Value sibling = json::Value::object({{"rfilename", path}});
    if (with_blobs) {
      sibling.set("size", row.size);
      sibling.set("blobId", row.oid);
      if (row.lfs) {
        sibling.set("lfs",
                    json::Value::object(
                        {{"sha256", row.sha256}, {"size", row.size}, {"pointerSize", row.pointer_size}}));
      }
    }
    siblings.push_back(std::move(sibling));
  }
  return siblings;
}

json::Value gated_json(const std::string& gated) {
  return gated.empty() ? json::Value(false) : json::Value(gated);
}

struct Settings {
  std::optional<bool> is_private{};
  std::optional<std::string> gated{};
};

Result<Settings> read_settings(const json::Value& body) {
  Settings settings;
  if (const json::Value* is_private = body.find("private")) settings.is_private = is_private->as_bool();
  if (const json::Value* visibility = body.find("visibility");
      visibility != nullptr && visibility->is_string()) {
    if (visibility->string() != "public" && visibility->string() != "private")
      return fail(ErrorCode::kInvalidArgument, "\"visibility\" must be \"public\" or \"private\"");
    settings.is_private = visibility->string() == "private";
  }
  if (const json::Value* gated = body.find("gated")) {
    const bool named = gated->string() == "auto" || gated->string() == "manual";
    if (!named && gated->as_bool() != false)
      return fail(ErrorCode::kInvalidArgument, "\"gated\" must be \"auto\", \"manual\" or false");
    settings.gated = named ? gated->string() : "";
  }
  if (settings.is_private || settings.gated) return settings;
  return fail(ErrorCode::kInvalidArgument, "settings need \"visibility\" or \"gated\"");
}

json::Value info_json(Hub& hub, const Place& place, const Files& files, bool with_blobs) {
  const json::Value card = card_data(hub, files);
  json::Value info = json::Value::object({{"_id", fmt::format("{:024x}", place.repo.key)},
                                          {"id", place.repo.full()},
                                          {"modelId", place.repo.full()},
                                          {"author", place.repo.owner},
                                          {"sha", place.commit.id},
                                          {"lastModified", place.commit.date},
                                          {"createdAt", place.repo.created},
                                          {"private", place.repo.is_private},
                                          {"gated", gated_json(place.repo.gated)},
                                          {"disabled", false},
                                          {"downloads", 0},
                                          {"likes", 0},
                                          {"tags", tags_of(card)},
                                          {"xetEnabled", false},
                                          {"siblings", siblings_of(files, with_blobs)}});
  for (const std::string_view key : {"pipeline_tag", "library_name"}) {
    if (const json::Value* value = card.find(key)) info.set(std::string(key), *value);
  }
  if (!card.members().empty()) info.set("cardData", card);
  return info;
}

// Only the named keys, with the two ids; what we do not have is left out.
json::Value expanded(const json::Value& info, const std::vector<std::string>& keys) {
  json::Value chosen = json::Value::object();
  for (const auto& [key, value] : info.members()) {
    if (key == "_id" || key == "id" || std::ranges::find(keys, key) != keys.end()) chosen.set(key, value);
  }
  return chosen;
}

std::size_t number_of(const Exchange& exchange, std::string_view key, std::size_t fallback, std::size_t max) {
  const auto values = exchange.query(key);
  const auto parsed = values.empty() ? Result<json::Value>(json::Value()) : json::parse(values.back());
  const auto number = parsed ? parsed->as_uint() : std::nullopt;
  return number ? static_cast<std::size_t>(std::min<std::uint64_t>(*number, max)) : fallback;
}

bool is_ref_name(std::string_view name) {
  static constexpr std::string_view kForbidden = " ~^:?*[\\";
  return !name.empty() && name.size() <= 255 && !name.starts_with("refs/") && name.front() != '/' &&
         name.back() != '/' && !name.ends_with(".lock") && name.find("..") == std::string_view::npos &&
         name.find("//") == std::string_view::npos && std::ranges::none_of(name, [](char c) {
           return c < ' ' || c == 0x7F || kForbidden.find(c) != std::string_view::npos;
         });
}

void add_ref(Hub& hub, Exchange& exchange, const RepoRow& repo, const RefRow& ref) {
  if (!is_ref_name(ref.name))
    return exchange.refuse({400, "", fmt::format("Invalid reference name: {}", ref.name)});
  const auto made = hub.store->create_ref(repo.key, ref);
  if (!refused(exchange, made)) exchange.json(200, json::Value::object());
}

}  // namespace

void create_repo(Hub& hub, Exchange& exchange, const Account& account) {
  const auto body = exchange.read_json();
  if (refused(exchange, body)) return;
  const auto wanted = hub::wire::read_create_repo(*body);
  if (refused(exchange, wanted)) return;
  if (wanted->type != "model") {
    return exchange.refuse({400, "", fmt::format("this Hub keeps models only, not a {}", wanted->type)});
  }
  const auto id = wanted_repo(exchange, account, *wanted);
  if (!id || !hub.may_write(exchange, account, id->owner)) return;
  const auto attributes = store_text(hub, default_gitattributes());
  if (refused(exchange, attributes)) return;
  const Files files{{".gitattributes", *attributes}};
  const CommitRow first = make_commit(hub, files, "", std::string(kSystemUser), "initial commit", "");
  const RepoRow row{.owner = id->owner,
                    .name = id->name,
                    .is_private = wanted->is_private.value_or(false),
                    .created = hub.now()};
  const auto made = hub.store->create_repo(row, first, files);
  json::Value answer = repo_json(exchange, id->full());
  if (!made && made.error().code == ErrorCode::kAlreadyExists) {
    // Stock clients read `url` of a 409 too.
    answer.set("error", made.error().message);
    return exchange.json(409, answer, {{"X-Error-Message", made.error().message}});
  }
  if (!refused(exchange, made)) exchange.json(200, answer);
}

void delete_repo(Hub& hub, Exchange& exchange, const Account& account) {
  const auto body = exchange.read_json();
  if (refused(exchange, body)) return;
  const auto wanted = hub::wire::read_create_repo(*body);
  if (refused(exchange, wanted)) return;
  const auto id = wanted_repo(exchange, account, *wanted);
  if (!id) return;
  const auto repo = hub.readable_repo(exchange, account, id->owner, id->name);
  if (!repo || !hub.may_write(exchange, account, id->owner)) return;
  const auto gone = hub.store->delete_repo(repo->key);
  if (!refused(exchange, gone)) exchange.json(200, json::Value::object());
}

void change_settings(Hub& hub, Exchange& exchange, const RepoRow& repo) {
  const auto body = exchange.read_json();
  if (refused(exchange, body)) return;
  const auto settings = read_settings(*body);
  if (refused(exchange, settings)) return;
  if (settings->is_private) {
    const auto done = hub.store->set_private(repo.key, *settings->is_private);
    if (refused(exchange, done)) return;
  }
  if (settings->gated) {
    const auto done = hub.store->set_gated(repo.key, *settings->gated);
    if (refused(exchange, done)) return;
  }
  exchange.json(200, json::Value::object({{"private", settings->is_private.value_or(repo.is_private)},
                                          {"gated", gated_json(settings->gated.value_or(repo.gated))}}));
}

void repo_info(Hub& hub, Exchange& exchange, const Place& place) {
  const auto files = hub.store->files(place.commit.tree);
  if (refused(exchange, files)) return;
  const json::Value info = info_json(hub, place, *files, exchange.query_true("blobs"));
  const auto keys = exchange.query("expand");
  exchange.json(200, keys.empty() ? info : expanded(info, keys));
}

void list_refs(Hub& hub, Exchange& exchange, const RepoRow& repo) {
  const auto refs = hub.store->refs(repo.key);
  if (refused(exchange, refs)) return;
  json::Value branches = json::Value::array();
  json::Value tags = json::Value::array();
  json::Value pulls = json::Value::array();
  for (const RefRow& ref : *refs) {
    const bool pull = !ref.tag && pull_number(ref.name);
    const std::string full =
        pull ? ref.name : fmt::format("refs/{}/{}", ref.tag ? "tags" : "heads", ref.name);
    (pull      ? pulls
     : ref.tag ? tags
               : branches)
        .push_back(json::Value::object({{"name", ref.name}, {"ref", full}, {"targetCommit", ref.commit}}));
  }
  json::Value answer = json::Value::object(
      {{"branches", std::move(branches)}, {"converts", json::Value::array()}, {"tags", std::move(tags)}});
  if (exchange.query_true("include_prs")) answer.set("pullRequests", std::move(pulls));
  exchange.json(200, answer);
}

void list_commits(Hub& hub, Exchange& exchange, const Place& place) {
  const std::size_t limit =
      std::max<std::size_t>(1, number_of(exchange, "limit", kCommitsPage, kCommitsPageMax));
  const std::size_t page = number_of(exchange, "p", 0, 1u << 20);
  const auto rows = hub.store->history(place.repo.key, place.commit.id, page * limit, limit + 1);
  if (refused(exchange, rows)) return;
  json::Value commits = json::Value::array();
  for (std::size_t i = 0; i < std::min(limit, rows->size()); ++i) {
    const CommitRow& row = (*rows)[i];
    commits.push_back(json::Value::object(
        {{"id", row.id},
         {"title", row.title},
         {"message", row.message},
         {"date", row.date},
         {"authors", json::Value::array({json::Value::object({{"user", row.author}})})}}));
  }
  const auto total = hub.store->history_size(place.repo.key, place.commit.id);
  if (refused(exchange, total)) return;
  os::Headers headers{{"X-Total-Count", std::to_string(*total)}};
  if (rows->size() > limit) {
    const std::string path = exchange.head().target.substr(0, exchange.head().target.find('?'));
    headers.set("Link", fmt::format("<{}{}?limit={}&p={}>; rel=\"next\"", exchange.base_url(), path, limit,
                                    page + 1));
  }
  exchange.json(200, commits, std::move(headers));
}

void create_branch(Hub& hub, Exchange& exchange, const RepoRow& repo, const std::string& branch) {
  const auto text = exchange.read_text(kJsonBodyBytesMax);
  if (refused(exchange, text)) return;
  const auto body = text->empty() ? Result<json::Value>(json::Value::object()) : json::parse(*text);
  if (refused(exchange, body)) return;
  const json::Value* start = body->find("startingPoint");
  const auto place =
      hub.readable_place(exchange, repo, start != nullptr && start->is_string() ? start->string() : "main");
  if (place) add_ref(hub, exchange, repo, {branch, false, place->commit.id});
}

void create_tag(Hub& hub, Exchange& exchange, const RepoRow& repo, const std::string& revision) {
  const auto body = exchange.read_json();
  if (refused(exchange, body)) return;
  const json::Value* tag = body->find("tag");
  if (tag == nullptr || !tag->is_string()) return exchange.refuse({400, "", "\"tag\" must be a string"});
  const auto place = hub.readable_place(exchange, repo, revision);
  if (place) add_ref(hub, exchange, repo, {tag->string(), true, place->commit.id});
}

void delete_ref(Hub& hub, Exchange& exchange, const RepoRow& repo, const std::string& name, bool tag) {
  if (!tag && name == "main") return exchange.refuse({403, "", "The default branch cannot be deleted"});
  if (pull_number(name)) return exchange.refuse({403, "", "The ref of a pull request cannot be deleted"});
  const auto gone = hub.store->delete_ref(repo.key, name, tag);
  if (refused(exchange, gone)) return;
  if (!*gone) return exchange.refuse(not_found("RevisionNotFound", fmt::format("Invalid rev id: {}", name)));
  exchange.json(200, json::Value::object());
}

}  // namespace slipway::server
