// Routing: the raw target decides the route, then its parts are decoded.
#include "server/hub_server.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/encoding.h"
#include "os/path.h"
#include "server/routes.h"

namespace slipway::server {
namespace {

constexpr std::size_t kRequestIdCharsMax = 128;

std::string decoded(std::string_view segment) {
  return percent_decode(segment).value_or(std::string(segment));
}

std::string joined(const std::vector<std::string>& raw, std::size_t from, std::size_t to) {
  std::string text;
  for (std::size_t i = from; i < to; ++i) text += (i == from ? "" : "/") + decoded(raw[i]);
  return text;
}

Refusal unknown_route() { return {404, "", "Sorry, we can't find the page you are looking for."}; }

// Gives every reply the id by which stock clients name a request in their errors.
class NamedReply : public os::ResponseWriter {
 public:
  NamedReply(os::ResponseWriter& inner, std::string id) : inner_(inner), id_(std::move(id)) {}

  Result<void> begin(int status, const os::Headers& headers, std::optional<std::uint64_t> length) override {
    os::Headers named = headers;
    named.set("X-Request-Id", id_);
    return inner_.begin(status, named, length);
  }
  Result<void> write(Bytes bytes) override { return inner_.write(bytes); }
  void cut() override { inner_.cut(); }

 private:
  os::ResponseWriter& inner_;
  std::string id_;
};

class Server : public HubServer {
 public:
  explicit Server(std::unique_ptr<Hub> hub) : hub_(std::move(hub)) {}

  void handle(const os::RequestHead& head, os::BodyReader& body, os::ResponseWriter& response) override {
    NamedReply named(response, request_id(head));
    Exchange exchange(head, body, named);
    route(exchange);
    if (!exchange.replied()) exchange.refuse(unknown_route());
  }

 private:
  // The client's own, if it has a usable one.
  std::string request_id(const os::RequestHead& head) {
    const auto own = head.headers.find("X-Request-Id");
    const auto plain = [](char c) { return c > ' ' && c < 0x7F; };
    if (own && !own->empty() && own->size() <= kRequestIdCharsMax && std::ranges::all_of(*own, plain))
      return *own;
    std::array<std::byte, 16> bytes{};
    hub_->world.dice.fill(bytes);
    return hex_encode(bytes);
  }

  void route(Exchange& exchange) {
    const auto& raw = exchange.raw_segments();
    if (raw.size() >= 6 && raw[2] == "lfs" && raw[3] == "objects") return lfs_object(*hub_, exchange);
    if (raw.size() >= 2 && raw[0] == "api") return api(exchange);
    if (raw.size() >= 2) return repo_files(exchange);
    if (raw.empty()) return exchange.text(200, "text/plain; charset=utf-8", "An embedded Hub of Slipway.\n");
  }

  void api(Exchange& exchange) {
    const auto& raw = exchange.raw_segments();
    const std::string& method = exchange.method();
    if (raw[1] == "agent-harnesses") return agent_harnesses(exchange);
    if (raw[1] == "validate-yaml" && method == "POST") return validate_yaml(exchange);
    const auto account = hub_->identify(exchange);
    if (!account) return;
    if (raw[1] == "whoami-v2") return whoami(*hub_, exchange, *account);
    if (raw[1] == "repos" && raw.size() == 3) {
      if (raw[2] == "create" && method == "POST") return create_repo(*hub_, exchange, *account);
      if (raw[2] == "delete" && method == "DELETE") return delete_repo(*hub_, exchange, *account);
      if (raw[2] == "move" && method == "POST") return move_repo(*hub_, exchange, *account);
      return;
    }
    if (raw[1] == "models" && raw.size() == 2 && method == "GET")
      return list_repos(*hub_, exchange, *account);
    if (raw[1] != "models" || raw.size() < 4) return;
    const auto repo = hub_->readable_repo(exchange, *account, decoded(raw[2]), decoded(raw[3]));
    if (!repo) return;
    if (raw.size() == 4) {
      const auto place = hub_->readable_place(exchange, *repo, "main");
      if (place) repo_info(*hub_, exchange, *place);
      return;
    }
    repo_api(exchange, *account, *repo);
  }

  void repo_api(Exchange& exchange, const Account& account, const RepoRow& repo) {
    const auto& raw = exchange.raw_segments();
    const bool reads = exchange.method() == "GET" || exchange.method() == "HEAD" || raw[4] == "paths-info";
    const std::string rest = joined(raw, 5, raw.size());
    if (!reads && proposes(exchange, rest) ? !hub_->may_propose(exchange, account)
                                           : !reads && !hub_->may_write(exchange, account, repo.owner))
      return;
    if (raw[4] == "discussions") return discussions(exchange, account, repo);
    if (exchange.method() == "GET" || exchange.method() == "HEAD")
      return read_api(exchange, account, repo, rest);
    if (exchange.method() == "PUT" && raw[4] == "settings") return change_settings(*hub_, exchange, repo);
    if (exchange.method() == "DELETE" && (raw[4] == "branch" || raw[4] == "tag") && !rest.empty()) {
      return delete_ref(*hub_, exchange, repo, rest, raw[4] == "tag");
    }
    if (exchange.method() == "POST" && !rest.empty()) post_api(exchange, account, repo, rest);
  }

  // What asks for no right to write to the repository itself.
  static bool proposes(const Exchange& exchange, const std::string& rest) {
    const std::string& what = exchange.raw_segments()[4];
    const bool prepares = what == "preupload" || what == "commit";
    return what == "discussions" || (prepares && (exchange.query_true("create_pr") || pull_number(rest)));
  }

  void discussions(Exchange& exchange, const Account& account, const RepoRow& repo) {
    const auto& raw = exchange.raw_segments();
    const bool posts = exchange.method() == "POST";
    if (!posts && exchange.method() != "GET") return;
    if (raw.size() == 5) {
      return posts ? create_discussion(*hub_, exchange, account, repo)
                   : list_discussions(*hub_, exchange, repo);
    }
    if (raw.size() == 6 && !posts) return discussion_details(*hub_, exchange, account, repo, raw[5]);
    if (raw.size() == 7 && posts) change_discussion(*hub_, exchange, account, repo, raw[5], raw[6]);
  }

  void read_api(Exchange& exchange, const Account& account, const RepoRow& repo, const std::string& rest) {
    const auto& raw = exchange.raw_segments();
    if (raw[4] == "refs") return list_refs(*hub_, exchange, repo);
    if (raw[4] == "auth-check") {
      if (rest != "write" || hub_->may_write(exchange, account, repo.owner))
        exchange.json(200, json::Value::object());
      return;
    }
    if (raw[4] == "tree" && raw.size() >= 6) return read_tree(exchange, repo);
    if (raw[4] != "revision" && raw[4] != "commits") return;
    const auto place = hub_->readable_place(exchange, repo, rest);
    if (!place) return;
    if (raw[4] == "revision") return repo_info(*hub_, exchange, *place);
    list_commits(*hub_, exchange, *place);
  }

  // tree/{rev}[/{path}], where the revision may hold raw slashes: the longest one that is known wins.
  void read_tree(Exchange& exchange, const RepoRow& repo) {
    const auto& raw = exchange.raw_segments();
    for (std::size_t end = raw.size(); end > 6; --end) {
      const auto commit = hub_->store->find_commit(repo.key, joined(raw, 5, end));
      if (refused(exchange, commit)) return;
      if (*commit) return list_tree(*hub_, exchange, {repo, **commit}, joined(raw, end, raw.size()));
    }
    const auto place = hub_->readable_place(exchange, repo, decoded(raw[5]));
    if (place) list_tree(*hub_, exchange, *place, joined(raw, 6, raw.size()));
  }

  void post_api(Exchange& exchange, const Account& account, const RepoRow& repo, const std::string& rest) {
    const std::string& what = exchange.raw_segments()[4];
    if (what == "branch") return create_branch(*hub_, exchange, repo, rest);
    if (what == "tag") return create_tag(*hub_, exchange, repo, rest);
    if (what == "commit") return commit(*hub_, exchange, account, repo, rest);
    if (what != "preupload" && what != "paths-info") return;
    const auto place = hub_->readable_place(exchange, repo, rest);
    if (!place) return;
    if (what == "preupload") return preupload(*hub_, exchange, *place);
    paths_info(*hub_, exchange, *place);
  }

  // OWNER/NAME[.git]/...
  void repo_files(Exchange& exchange) {
    const auto& raw = exchange.raw_segments();
    const auto account = hub_->identify(exchange);
    if (!account) return;
    std::string name = decoded(raw[1]);
    if (name.ends_with(".git")) name.resize(name.size() - 4);
    const auto repo = hub_->readable_repo(exchange, *account, decoded(raw[0]), name);
    if (!repo) return;
    if (raw.size() == 2) {
      const auto place = hub_->readable_place(exchange, *repo, "main");
      if (place) repo_page(*hub_, exchange, *place);
      return;
    }
    if (raw.size() == 6 && raw[2] == "info" && raw[3] == "lfs" && raw[4] == "objects" && raw[5] == "batch") {
      return lfs_batch(*hub_, exchange, *account, *repo);
    }
    if (raw.size() == 4 && raw[2] == "lfs" && raw[3] == "verify")
      return lfs_verify(*hub_, exchange, *account, *repo);
    if (raw.size() < 5 || (raw[2] != "resolve" && raw[2] != "raw")) return;
    const auto place = hub_->readable_place(exchange, *repo, decoded(raw[3]));
    if (!place) return;
    if (!hub_->may_read_files(exchange, *account, *repo)) return;
    const std::string path = joined(raw, 4, raw.size());
    if (raw[2] == "resolve") return resolve(*hub_, exchange, *place, path);
    server::raw(*hub_, exchange, *place, path);
  }

  std::unique_ptr<Hub> hub_;
};

Result<std::unique_ptr<Store>> open_store(os::World& world, const os::Path& root) {
  SLIPWAY_TRY(os::make_dirs(world.files, root));
  return Store::open(os::join(root, "hub.sqlite"));
}

}  // namespace

Result<std::unique_ptr<HubServer>> HubServer::open(os::World& world, const ServerOptions& options) {
  SLIPWAY_ASSIGN(auto store, open_store(world, options.root));
  SLIPWAY_ASSIGN(std::string secret, store->secret());
  auto hub = std::make_unique<Hub>(world, options, std::move(store), std::move(secret));
  SLIPWAY_TRY(hub->blobs.prepare());
  SLIPWAY_TRY(hub->parts.prepare());
  return std::unique_ptr<HubServer>(std::make_unique<Server>(std::move(hub)));
}

}  // namespace slipway::server
