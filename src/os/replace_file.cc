#include <algorithm>

#include "os/path.h"

namespace slipway::os {
namespace {

Result<void> write_synced(FileSystem& fs, const Path& path, Bytes bytes, std::uint32_t mode) {
  SLIPWAY_ASSIGN(const auto file, fs.create_new(path, mode));
  SLIPWAY_TRY(file->write_at(0, bytes));
  return file->sync();
}

Result<void> check_reads_back(FileSystem& fs, const Path& path, Bytes bytes) {
  ByteVector seen(bytes.size());
  SLIPWAY_ASSIGN(const auto file, fs.open_read(path));
  SLIPWAY_TRY(file->read_exact(0, seen));
  if (std::ranges::equal(seen, bytes)) return {};
  return fail(ErrorCode::kCorruptData, path + ": reads back different from what was written");
}

// Only when all of it has succeeded does the name move.
Result<void> prepare_and_rename(FileSystem& fs, const Path& temporary, const Path& path, Bytes bytes,
                                std::uint32_t mode) {
  SLIPWAY_TRY(write_synced(fs, temporary, bytes, mode));
  SLIPWAY_TRY(check_reads_back(fs, temporary, bytes));
  return fs.rename(temporary, path);
}

}  // namespace

// The order of the steps is the proof: the content is durable before the name moves, and the name before
// we say so. Reading back comes before the rename, so that a disk that lies leaves the old content.
Result<void> replace_file(FileSystem& fs, const Path& path, Bytes bytes, const ReplaceOptions& options) {
  const Path temporary =
      (options.staging.empty() ? path : join(options.staging, base_name(path))) + ".partial";
  if (auto gone = fs.remove(temporary); !gone && gone.error().code != ErrorCode::kNotFound) return gone;
  if (auto done = prepare_and_rename(fs, temporary, path, bytes, options.mode); !done) {
    (void)fs.remove(temporary);
    return done;
  }
  return fs.sync_dir(parent(path));
}

}  // namespace slipway::os
