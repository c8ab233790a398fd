// The helpers of os/path.h that touch a disk, replace_file apart.
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>

#include "base/size_text.h"
#include "os/path.h"

namespace slipway::os {
namespace {

constexpr std::size_t kReadPieceBytes = 64 * 1024;

bool is_missing(const Error& error) { return error.code == ErrorCode::kNotFound; }

// A folder whose name may vanish with the power is worse than none: who finds it later would build on it.
Result<void> make_durable_dir(FileSystem& fs, const Path& path) {
  if (auto made = fs.make_dir(path); !made) {
    if (made.error().code != ErrorCode::kAlreadyExists) return made;
    SLIPWAY_ASSIGN(const FileStat there, fs.stat(path));
    if (there.kind == FileKind::kDirectory) return {};  // somebody was quicker
    return made;
  }
  auto synced = fs.sync_dir(parent(path));
  if (!synced) (void)fs.remove_dir(path);
  return synced;
}

// A folder that is there may have been made by a run that died before it could sync the name. Whose
// parent we may not even open, that one is not ours.
Result<void> make_name_durable(FileSystem& fs, const Path& path) {
  if (path == parent(path)) return {};
  auto synced = fs.sync_dir(parent(path));
  if (synced) return {};
  const int number = synced.error().os_error;
  return number == EACCES || number == EPERM || number == EROFS ? Result<void>{} : synced;
}

}  // namespace

// Pieces until the end instead of the size that stat() tells: a file may grow, and those of /proc have none.
Result<std::string> read_file(FileSystem& fs, const Path& path, std::uint64_t size_bytes_max) {
  SLIPWAY_ASSIGN(const auto file, fs.open_read(path));
  std::string text;
  for (;;) {
    const std::size_t done = text.size();
    const std::uint64_t room = size_bytes_max - done;
    const std::size_t piece = room < kReadPieceBytes ? static_cast<std::size_t>(room) + 1 : kReadPieceBytes;
    text.resize(done + piece);
    const MutableBytes out = std::as_writable_bytes(std::span(text)).subspan(done);
    SLIPWAY_ASSIGN(const std::size_t got, file->read_at(done, out));
    text.resize(done + got);
    if (text.size() > size_bytes_max) break;
    if (got < piece) return text;
  }
  return fail(ErrorCode::kRefused, fmt::format("{}: larger than the {} that are read of such a file", path,
                                               format_size(size_bytes_max)));
}

Result<void> make_dirs(FileSystem& fs, const Path& path) {
  std::vector<Path> missing;
  Path folder = path;
  for (;; folder = parent(folder)) {
    const auto there = fs.stat(folder);
    if (there && there->kind == FileKind::kDirectory) break;
    if (there) return fail(ErrorCode::kAlreadyExists, folder + ": there is a file where a folder must be");
    if (!is_missing(there.error()) || folder == parent(folder)) return std::unexpected(there.error());
    missing.push_back(folder);
  }
  SLIPWAY_TRY(make_name_durable(fs, folder));
  for (; !missing.empty(); missing.pop_back()) SLIPWAY_TRY(make_durable_dir(fs, missing.back()));
  return {};
}

Result<bool> exists(FileSystem& fs, const Path& path) {
  const auto there = fs.link_stat(path);
  if (there) return true;
  if (is_missing(there.error())) return false;
  return std::unexpected(there.error());
}

// Without recursion: how deep the folders go is not ours to decide. A folder is met twice, first to see
// what is in it, then, empty, to be removed.
Result<void> remove_tree(FileSystem& fs, const Path& path) {
  struct Step {
    Path path;
    bool emptied;
  };
  std::vector<Step> steps{{path, false}};
  while (!steps.empty()) {
    const Step step = steps.back();
    steps.pop_back();
    if (step.emptied) {
      if (auto gone = fs.remove_dir(step.path); !gone && !is_missing(gone.error())) return gone;
      continue;
    }
    const auto there = fs.link_stat(step.path);
    if (!there && is_missing(there.error())) continue;
    if (!there) return std::unexpected(there.error());
    if (there->kind != FileKind::kDirectory) {
      if (auto gone = fs.remove(step.path); !gone && !is_missing(gone.error())) return gone;
      continue;
    }
    SLIPWAY_ASSIGN(const auto entries, fs.list(step.path));
    steps.push_back({step.path, true});
    for (const DirEntry& entry : entries) steps.push_back({join(step.path, entry.name), false});
  }
  return {};
}

}  // namespace slipway::os
