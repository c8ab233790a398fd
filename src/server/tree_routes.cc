#include <algorithm>

#include <fmt/format.h>

#include "base/encoding.h"
#include "hub/wire/types.h"
#include "server/routes.h"

namespace slipway::server {
namespace {

constexpr std::size_t kTreePage = 1000;
constexpr std::size_t kExpandedTreePage = 50;  // as on the real Hub
constexpr std::size_t kPathsMax = 1000;

hub::wire::TreeEntry file_entry(const std::string& path, const FileRow& row) {
  hub::wire::TreeEntry entry{
      .path = path, .size = row.size, .oid = row.oid, .pointer_size = row.pointer_size};
  if (row.lfs) entry.lfs_oid = row.sha256;
  return entry;
}

json::Value entry_json(const Place& place, const hub::wire::TreeEntry& entry, bool expand) {
  json::Value row = hub::wire::write_tree_entry(entry);
  if (expand) {
    row.set("lastCommit",
            json::Value::object(
                {{"id", place.commit.id}, {"title", place.commit.title}, {"date", place.commit.date}}));
    row.set("securityFileStatus", json::Value());
  }
  return row;
}

// Files and folders below `folder`; only its own level unless `recursive`.
std::vector<hub::wire::TreeEntry> entries_below(const Files& files, const std::string& folder,
                                                bool recursive) {
  const std::string prefix = folder.empty() ? "" : folder + "/";
  std::vector<hub::wire::TreeEntry> entries;
  for (const auto& [path, oid] : tree_ids(files)) {
    const bool inside = !path.empty() && path.starts_with(prefix) && path.size() > prefix.size();
    if (inside && (recursive || path.find('/', prefix.size()) == std::string::npos)) {
      entries.push_back({.directory = true, .path = path, .oid = oid});
    }
  }
  for (const auto& [path, row] : files) {
    const bool inside = path.starts_with(prefix);
    if (inside && (recursive || path.find('/', prefix.size()) == std::string::npos))
      entries.push_back(file_entry(path, row));
  }
  std::ranges::sort(entries, {}, &hub::wire::TreeEntry::path);
  return entries;
}

std::size_t cursor_of(const Exchange& exchange) {
  const auto values = exchange.query("cursor");
  const auto parsed = values.empty() ? Result<json::Value>(json::Value()) : json::parse(values.back());
  return parsed ? static_cast<std::size_t>(parsed->as_uint().value_or(0)) : 0;
}

// The paths of a paths-info request, sent as a form or as JSON.
Result<std::vector<std::string>> requested_paths(Exchange& exchange, bool& expand) {
  SLIPWAY_ASSIGN(const std::string text, exchange.read_text(kJsonBodyBytesMax));
  std::vector<std::string> paths;
  const std::string type = exchange.head().headers.find("Content-Type").value_or("");
  if (type.find("json") != std::string::npos) {
    SLIPWAY_ASSIGN(const json::Value body, json::parse(text));
    const json::Value* list = body.find("paths");
    if (list == nullptr) return fail(ErrorCode::kInvalidArgument, "\"paths\" must be a list");
    for (const json::Value& path : list->items()) paths.push_back(path.string());
    const json::Value* wanted = body.find("expand");
    expand = wanted != nullptr && wanted->as_bool().value_or(false);
    return paths;
  }
  const os::RequestHead form_head{.method = "POST", .target = "/?" + text, .headers = {}};
  Exchange form(form_head, exchange.body(), exchange.response());
  expand = form.query_true("expand");
  return form.query("paths");
}

}  // namespace

void list_tree(Hub& hub, Exchange& exchange, const Place& place, const std::string& folder) {
  const auto files = hub.store->files(place.commit.tree);
  if (refused(exchange, files)) return;
  const auto entries = entries_below(*files, folder, exchange.query_true("recursive"));
  if (entries.empty() && !folder.empty()) {
    return exchange.refuse(
        not_found("EntryNotFound", fmt::format("{} does not exist on \"{}\"", folder, place.commit.id)),
        {{"X-Repo-Commit", place.commit.id}});
  }
  const bool expand = exchange.query_true("expand");
  const std::size_t from = std::min(cursor_of(exchange), entries.size());
  const std::size_t to = std::min(entries.size(), from + (expand ? kExpandedTreePage : kTreePage));
  json::Value rows = json::Value::array();
  for (std::size_t i = from; i < to; ++i) rows.push_back(entry_json(place, entries[i], expand));
  os::Headers headers;
  if (to < entries.size()) {
    const std::string path = exchange.head().target.substr(0, exchange.head().target.find('?'));
    headers.set("Link", fmt::format("<{}{}?recursive={}&expand={}&cursor={}>; rel=\"next\"",
                                    exchange.base_url(), path, exchange.query_true("recursive"), expand, to));
  }
  exchange.json(200, rows, std::move(headers));
}

void paths_info(Hub& hub, Exchange& exchange, const Place& place) {
  bool expand = false;
  const auto paths = requested_paths(exchange, expand);
  if (refused(exchange, paths)) return;
  if (paths->size() > kPathsMax && !hub.options.no_limits)
    return exchange.refuse({413, "", "too many parameters"});
  const auto files = hub.store->files(place.commit.tree);
  if (refused(exchange, files)) return;
  const auto folders = tree_ids(*files);
  json::Value rows = json::Value::array();
  for (const std::string& path : *paths) {
    if (const auto file = files->find(path); file != files->end()) {
      rows.push_back(entry_json(place, file_entry(path, file->second), expand));
    } else if (const auto at = folders.find(path); at != folders.end() && !path.empty()) {
      rows.push_back(entry_json(place, {.directory = true, .path = path, .oid = at->second}, expand));
    }
  }
  exchange.json(200, rows);
}

}  // namespace slipway::server
