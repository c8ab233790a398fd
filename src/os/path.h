// os/path.h - path arithmetic, and small whole-file helpers over a FileSystem.
//
// Threads    value
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "slipway/file_system.h"

namespace slipway::os {

Path join(std::string_view folder, std::string_view name);  // "a" + "b" -> "a/b"; an absolute name wins
Path parent(std::string_view path);                         // "a/b" -> "a", "a" -> ".", "/" -> "/"
std::string base_name(std::string_view path);               // "a/b/" -> "b"
// Whether `path` is relative, non-empty, and has no empty, "." or ".." part, no NUL and no backslash.
bool is_plain_relative(std::string_view path);

// The whole file, to its real end; kRefused, before more is read, when it is longer than `size_bytes_max`.
Result<std::string> read_file(FileSystem& fs, const Path& path, std::uint64_t size_bytes_max);
// With parents; there already is fine. The names it makes, and the one it starts from, are durable then.
Result<void> make_dirs(FileSystem& fs, const Path& path);
Result<bool> exists(FileSystem& fs, const Path& path);  // a dangling link exists
// A file, a link or a folder with all in it; never follows a link; what is not there is removed already.
// The parent is not synced.
Result<void> remove_tree(FileSystem& fs, const Path& path);

// Leaves `path` holding either its old content or exactly `bytes`, whatever fails and whenever the
// power goes; on success the new content is durable. The temporary file is `staging/<name>.partial`
// when `staging` is given (same file system), else beside the target. A link at `path` is replaced,
// never written through. Reads back what it wrote before the name moves.
struct ReplaceOptions {
  Path staging{};
  std::uint32_t mode = FileSystem::kModeFromUmask;
};
Result<void> replace_file(FileSystem& fs, const Path& path, Bytes bytes, const ReplaceOptions& options = {});

}  // namespace slipway::os
