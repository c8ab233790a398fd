// Repositories, trees, history, accounts.
#include <fmt/format.h>

#include "hub/wire/fields.h"
#include "hub/wire/types.h"

namespace slipway::hub::wire {

Result<CreateRepo> read_create_repo(const json::Value& body) {
  CreateRepo wanted;
  SLIPWAY_ASSIGN(wanted.name, need_text(body, "name"));
  wanted.organization = maybe_text(body, "organization");
  wanted.type = text_or(body, "type", "model");
  wanted.is_private = maybe_bool(body, "private");
  if (const auto visibility = maybe_text(body, "visibility")) wanted.is_private = *visibility == "private";
  return wanted;
}

Result<std::vector<TreeEntry>> read_tree(const json::Value& body) {
  if (!body.is_array()) return malformed("a tree must be a list");
  std::vector<TreeEntry> entries;
  for (const json::Value& row : body.items()) {
    TreeEntry entry{.directory = text_or(row, "type") == "directory", .path = ""};
    SLIPWAY_ASSIGN(entry.path, need_text(row, "path"));
    entry.oid = text_or(row, "oid");
    if (!entry.directory) {
      SLIPWAY_ASSIGN(entry.size, need_size(row, "size"));
    }
    if (const json::Value* lfs = row.find("lfs"); lfs != nullptr && lfs->is_object()) {
      SLIPWAY_ASSIGN(entry.lfs_oid, need_text(*lfs, "oid"));
      const json::Value* pointer_size = lfs->find("pointerSize");
      entry.pointer_size = pointer_size == nullptr ? 0 : pointer_size->as_uint().value_or(0);
    }
    entries.push_back(std::move(entry));
  }
  return entries;
}

json::Value write_tree_entry(const TreeEntry& entry) {
  json::Value row = json::Value::object({{"type", entry.directory ? "directory" : "file"},
                                         {"oid", entry.oid},
                                         {"size", entry.size},
                                         {"path", entry.path}});
  if (entry.lfs_oid) {
    row.set("lfs", json::Value::object(
                       {{"oid", *entry.lfs_oid}, {"size", entry.size}, {"pointerSize", entry.pointer_size}}));
  }
  return row;
}

Result<RepoInfo> read_repo_info(const json::Value& body) {
  RepoInfo info;
  SLIPWAY_ASSIGN(info.id, need_text(body, "id"));
  SLIPWAY_ASSIGN(info.sha, need_text(body, "sha"));
  info.is_private = maybe_bool(body, "private").value_or(false);
  info.disabled = maybe_bool(body, "disabled").value_or(false);
  if (const auto gated = maybe_text(body, "gated"))
    info.gated = *gated == "auto" ? Gated::kAuto : Gated::kManual;
  return info;
}

Result<WhoAmI> read_whoami(const json::Value& body) {
  WhoAmI account;
  SLIPWAY_ASSIGN(account.name, need_text(body, "name"));
  if (const json::Value* orgs = body.find("orgs")) {
    for (const json::Value& org : orgs->items()) account.orgs.push_back(text_or(org, "name"));
  }
  const json::Value* auth = body.find("auth");
  const json::Value* token = auth == nullptr ? nullptr : auth->find("accessToken");
  if (token != nullptr) account.role = text_or(*token, "role");
  return account;
}

Result<std::vector<CommitInfo>> read_commits(const json::Value& body) {
  if (!body.is_array()) return malformed("a history must be a list");
  std::vector<CommitInfo> commits;
  for (const json::Value& row : body.items()) {
    CommitInfo commit;
    SLIPWAY_ASSIGN(commit.id, need_text(row, "id"));
    commit.title = text_or(row, "title");
    commit.message = text_or(row, "message");
    commit.date = text_or(row, "date");
    commits.push_back(std::move(commit));
  }
  return commits;
}

}  // namespace slipway::hub::wire
