#include "server/git_ids.h"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "base/hash.h"

namespace slipway::server {
namespace {

struct Entry {
  std::string name;
  std::string oid;
  bool folder = false;
  // git sorts a folder as if its name ended in '/'.
  std::string key() const { return folder ? name + "/" : name; }
};

std::string binary(std::string_view hex) {
  const auto value = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
  std::string bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
    bytes += static_cast<char>(value(hex[i]) * 16 + value(hex[i + 1]));
  return bytes;
}

std::string tree_object(std::vector<Entry> entries) {
  std::ranges::sort(entries, {}, &Entry::key);
  std::string text;
  for (const Entry& entry : entries) {
    text += entry.folder ? "40000 " : "100644 ";
    text += entry.name;
    text += '\0';
    text += binary(entry.oid);
  }
  return text;
}

std::string folder_of(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? std::string() : std::string(path.substr(0, slash));
}

std::string name_of(std::string_view path) { return std::string(path.substr(path.rfind('/') + 1)); }

}  // namespace

std::map<std::string, std::string> tree_ids(const Files& files) {
  std::map<std::string, std::vector<Entry>> folders{{"", {}}};
  for (const auto& [path, row] : files) {
    folders[folder_of(path)].push_back({name_of(path), row.oid});
    for (std::string folder = folder_of(path); !folder.empty(); folder = folder_of(folder)) folders[folder];
  }
  // Deepest first: a folder's id needs its children's.
  std::vector<std::string> order;
  for (const auto& [folder, entries] : folders) order.push_back(folder);
  const auto depth = [](const std::string& folder) {
    return folder.empty() ? -1 : std::ranges::count(folder, '/');
  };
  std::ranges::stable_sort(order, std::ranges::greater{}, depth);
  std::map<std::string, std::string> ids;
  for (const std::string& folder : order) {
    ids[folder] = git_object_sha1("tree", as_bytes(tree_object(folders[folder])));
    if (!folder.empty()) folders[folder_of(folder)].push_back({name_of(folder), ids[folder], true});
  }
  return ids;
}

std::string commit_id(const CommitText& commit) {
  std::string text = fmt::format("tree {}\n", commit.tree);
  if (!commit.parent.empty()) text += fmt::format("parent {}\n", commit.parent);
  const std::string who =
      fmt::format("{} <{}@hub.invalid> {} +0000", commit.author, commit.author, commit.unix_seconds);
  text += fmt::format("author {}\ncommitter {}\n\n{}\n", who, who, commit.message);
  return git_object_sha1("commit", as_bytes(text));
}

std::string clashing_path(const Files& files) {
  for (const auto& [path, row] : files) {
    for (std::string folder = folder_of(path); !folder.empty(); folder = folder_of(folder)) {
      if (files.contains(folder)) return folder;
    }
  }
  return "";
}

}  // namespace slipway::server
