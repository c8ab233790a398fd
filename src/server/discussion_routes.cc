#include <algorithm>

#include <fmt/format.h>

#include "base/whole_number.h"
#include "hub/wire/fields.h"
#include "server/pull_request.h"
#include "server/routes.h"

namespace slipway::server {
namespace {

constexpr std::size_t kPage = 50;

json::Value author_json(const std::string& name) { return json::Value::object({{"name", name}}); }

json::Value event_json(const EventRow& event) {
  auto data = json::parse(event.data);
  return json::Value::object({{"id", event.id},
                              {"type", event.kind},
                              {"createdAt", event.created},
                              {"author", author_json(event.author)},
                              {"data", data ? std::move(*data) : json::Value::object()}});
}

json::Value summary_json(const RepoRow& repo, const DiscussionRow& row) {
  return json::Value::object({{"num", row.num},
                              {"title", row.title},
                              {"author", author_json(row.author)},
                              {"createdAt", row.created},
                              {"status", row.status},
                              {"repo", json::Value::object({{"name", repo.full()}, {"type", "model"}})},
                              {"isPullRequest", row.pull_request}});
}

std::string single(const Exchange& exchange, std::string_view key) {
  const auto values = exchange.query(key);
  return values.empty() ? std::string() : values.back();
}

std::optional<std::int64_t> number(std::string_view text) {
  const auto value = whole_number<std::int64_t>(text);
  return value && *value >= 0 ? value : std::nullopt;
}

bool is_listed(const Exchange& exchange, const DiscussionRow& row) {
  const std::string type = single(exchange, "type");
  const std::string status = single(exchange, "status");
  const std::string author = single(exchange, "author");
  const bool open = row.status == "open" || row.status == "draft";
  if (type == "discussion" && row.pull_request) return false;
  if (type == "pull_request" && !row.pull_request) return false;
  if ((status == "open" && !open) || (status == "closed" && open)) return false;
  return author.empty() || author == row.author;
}

std::optional<DiscussionRow> find(Hub& hub, Exchange& exchange, const RepoRow& repo, const std::string& num) {
  auto row = hub.store->find_discussion(repo.key, number(num).value_or(0));
  if (refused(exchange, row)) return std::nullopt;
  if (*row) return std::move(**row);
  exchange.refuse({404, "", fmt::format("There is no discussion {} in {}", num, repo.full())});
  return std::nullopt;
}

// What only a pull request has.
Result<void> add_pull(Hub& hub, const RepoRow& repo, const DiscussionRow& row, json::Value& details) {
  json::Value changes = json::Value::object({{"base", fmt::format("refs/heads/{}", row.base)}});
  if (!row.merge_commit.empty()) changes.set("mergeCommitId", row.merge_commit);
  details.set("changes", std::move(changes));
  json::Value conflicts = json::Value::array();
  if (row.merge_commit.empty()) {
    const auto merging = plan_merge(hub, repo, row);
    if (!merging && merging.error().code != ErrorCode::kNotFound)  // a branch that is gone has no conflicts
      return std::unexpected(merging.error());
    for (const std::string& path : merging ? merging->result.conflicts : std::vector<std::string>{})
      conflicts.push_back(path);
  }
  details.set("filesWithConflicts", std::move(conflicts));
  return {};
}

// The body of a request that may have none.
Result<json::Value> optional_json(Exchange& exchange) {
  SLIPWAY_ASSIGN(const std::string text, exchange.read_text(kJsonBodyBytesMax));
  return text.empty() ? Result<json::Value>(json::Value::object()) : json::parse(text);
}

// One change to one discussion, after the body was read.
class Change {
 public:
  Change(Hub& hub, Exchange& exchange, const Account& account, const RepoRow& repo, DiscussionRow row,
         json::Value body)
      : hub_(hub),
        exchange_(exchange),
        account_(account),
        repo_(repo),
        row_(std::move(row)),
        body_(std::move(body)) {}

  void comment() {
    const auto text = wanted("comment");
    if (text) apply("newMessage", {.num = row_.num}, comment_event(hub_, account_, *text));
  }

  void title() {
    const auto text = wanted("title");
    if (!text || !is_own()) return;
    const json::Value data = json::Value::object({{"from", row_.title}, {"to", *text}});
    apply("newTitle", {.num = row_.num, .title = *text}, make_event(hub_, account_, "title-change", data));
  }

  void status() {
    const auto wanted_status = wanted("status");
    if (!wanted_status || !is_own() || !is_unmerged()) return;
    if (*wanted_status != "open" && *wanted_status != "closed")
      return exchange_.refuse({400, "", "\"status\" must be \"open\" or \"closed\""});
    DiscussionChange change{
        .num = row_.num, .only_while = {"draft", "open", "closed"}, .status = *wanted_status};
    add_comment(change);
    apply("newStatus", std::move(change), status_event(hub_, account_, *wanted_status));
  }

  void merge() {
    if (!row_.pull_request) return exchange_.refuse({400, "", "Only a pull request can be merged"});
    if (!is_unmerged() || !hub_.may_write(exchange_, account_, repo_.owner)) return;
    if (row_.status != "open") {
      return exchange_.refuse({400, "",
                               fmt::format("This pull request is {}: give it the status \"open\" first",
                                           row_.status == "draft" ? "a draft" : row_.status)});
    }
    merge_pull_request(hub_, exchange_, account_, repo_, row_, hub::wire::text_or(body_, "comment"));
  }

 private:
  std::optional<std::string> wanted(const char* key) {
    auto text = hub::wire::maybe_text(body_, key);
    if (text && !text->empty()) return text;
    exchange_.refuse({400, "", fmt::format("\"{}\" must be a text", key)});
    return std::nullopt;
  }

  bool is_own() { return account_.name == row_.author || hub_.may_write(exchange_, account_, repo_.owner); }

  bool is_unmerged() {
    if (row_.status != "merged") return true;
    exchange_.refuse({400, "", "This pull request is merged"});
    return false;
  }

  void add_comment(DiscussionChange& change) {
    const std::string text = hub::wire::text_or(body_, "comment");
    if (!text.empty()) change.events.push_back(comment_event(hub_, account_, text));
  }

  void apply(const char* answered_as, DiscussionChange change, EventRow event) {
    change.events.push_back(event);
    const auto done = hub_.store->update_discussion(repo_.key, change);
    if (!refused(exchange_, done))
      exchange_.json(200, json::Value::object({{answered_as, event_json(event)}}));
  }

  Hub& hub_;
  Exchange& exchange_;
  const Account& account_;
  const RepoRow& repo_;
  DiscussionRow row_;
  json::Value body_;
};

}  // namespace

void list_discussions(Hub& hub, Exchange& exchange, const RepoRow& repo) {
  auto rows = hub.store->discussions(repo.key);
  if (refused(exchange, rows)) return;
  std::erase_if(*rows, [&](const DiscussionRow& row) { return !is_listed(exchange, row); });
  const std::size_t page = static_cast<std::size_t>(number(single(exchange, "p")).value_or(0));
  const std::size_t start = std::min(rows->size(), std::min(page, rows->size()) * kPage);
  json::Value listed = json::Value::array();
  for (std::size_t i = start; i < std::min(rows->size(), start + kPage); ++i)
    listed.push_back(summary_json(repo, (*rows)[i]));
  exchange.json(200, json::Value::object({{"discussions", std::move(listed)},
                                          {"count", static_cast<std::uint64_t>(rows->size())},
                                          {"start", static_cast<std::uint64_t>(start)}}));
}

void create_discussion(Hub& hub, Exchange& exchange, const Account& account, const RepoRow& repo) {
  const auto body = exchange.read_json();
  if (refused(exchange, body)) return;
  const std::string title = hub::wire::text_or(*body, "title");
  if (title.empty()) return exchange.refuse({400, "", "\"title\" must be a text"});
  DiscussionRow row{.title = title, .author = account.name, .created = hub.now(), .status = "open"};
  row.pull_request = hub::wire::maybe_bool(*body, "pullRequest").value_or(false);
  if (row.pull_request) {
    const auto place = hub.readable_place(exchange, repo, "main");
    if (!place) return;
    row.status = "draft";
    row.base = "main";
    row.base_commit = place->commit.id;
  }
  const EventRow first = comment_event(hub, account, hub::wire::text_or(*body, "description"));
  const auto num = hub.store->create_discussion(repo.key, row, {first}, nullptr);
  if (refused(exchange, num)) return;
  exchange.json(200, json::Value::object({{"num", *num},
                                          {"pullRequest", row.pull_request},
                                          {"url", discussion_url(exchange, repo, *num)}}));
}

void discussion_details(Hub& hub, Exchange& exchange, const Account& account, const RepoRow& repo,
                        const std::string& num) {
  const bool hidden = !repo.gated.empty() && !writes(account, repo.owner);  // a gate is for contents too
  const auto row = find(hub, exchange, repo, num);
  if (!row) return;
  const auto events = hub.store->events(repo.key, row->num);
  if (refused(exchange, events)) return;
  json::Value details = summary_json(repo, *row);
  json::Value listed = json::Value::array();
  for (const EventRow& event : *events) listed.push_back(event_json(event));
  details.set("events", std::move(listed));
  if (row->pull_request) {
    const auto done = add_pull(hub, repo, *row, details);
    if (refused(exchange, done)) return;
    if (exchange.query_true("diff") && !hidden) {
      auto diff = pull_diff(hub, repo, *row);
      if (refused(exchange, diff)) return;
      details.set("diff", std::move(*diff));
    }
  }
  exchange.json(200, details);
}

void change_discussion(Hub& hub, Exchange& exchange, const Account& account, const RepoRow& repo,
                       const std::string& num, const std::string& what) {
  const auto row = find(hub, exchange, repo, num);
  if (!row) return;
  auto body = optional_json(exchange);
  if (refused(exchange, body)) return;
  Change change(hub, exchange, account, repo, *row, std::move(*body));
  if (what == "comment") return change.comment();
  if (what == "title") return change.title();
  if (what == "status") return change.status();
  if (what == "merge") return change.merge();
}

}  // namespace slipway::server
