// server/git_ids.h - the ids that git would give: of trees and commits, from what a repository holds.
//
// Source     git's object formats; a tree lists its entries by name, folders compared as if they ended in '/'
// Threads    value
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace slipway::server {

// A file of a commit. An LFS file's git object is its pointer.
struct FileRow {
  std::uint64_t size = 0;  // of the content
  std::string oid{};       // git blob id (of the pointer for LFS)
  std::string sha256{};    // of the content, by which the store keeps it
  bool lfs = false;
  std::uint64_t pointer_size = 0;

  bool operator==(const FileRow&) const = default;
};
using Files = std::map<std::string, FileRow>;  // by path

// Ids of every folder, the root under "".
std::map<std::string, std::string> tree_ids(const Files& files);

struct CommitText {
  std::string tree{};
  std::string parent{};  // "" for the first
  std::string author{};
  std::int64_t unix_seconds = 0;
  std::string message{};
};
std::string commit_id(const CommitText& commit);

// "a" and "a/b" cannot both be files: the first such path, "" when there is none.
std::string clashing_path(const Files& files);

}  // namespace slipway::server
