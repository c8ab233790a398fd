#include "flow/fetch_file.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/hash.h"
#include "os/path.h"
#include "slipway/content.h"

namespace slipway::flow {
namespace {

// git names a regular file by its bytes; an LFS file carries its SHA-256.
bool is_expected(const hub::RemoteFile& file, const Digests& digests) {
  if (file.sha256) return digests.sha256 == *file.sha256;
  return digests.git_blob_sha1 == file.git_oid;
}

Result<Digests> digest_path(os::FileSystem& fs, const os::Path& path) {
  SLIPWAY_ASSIGN(const os::FileStat stat, fs.stat(path));
  return digest(*file_content(fs, path, stat, 0, stat.size_bytes));
}

}  // namespace

Result<bool> holds_file(os::FileSystem& fs, const os::Path& path, const hub::RemoteFile& file) {
  const auto stat = fs.stat(path);
  if (!stat && stat.error().code == ErrorCode::kNotFound) return false;
  if (!stat) return std::unexpected(stat.error());
  if (stat->kind != os::FileKind::kFile || stat->size_bytes != file.size) return false;
  SLIPWAY_ASSIGN(const Digests digests, digest_path(fs, path));
  return is_expected(file, digests);
}

Result<void> fetch_file(os::World& world, hub::Client& client, const FetchJob& job,
                        const std::function<void(std::uint64_t)>& received) {
  const os::Path partial = job.target + ".partial";
  SLIPWAY_TRY(os::make_dirs(world.files, os::parent(job.target)));
  SLIPWAY_ASSIGN(const bool stale, os::exists(world.files, partial));
  if (stale) SLIPWAY_TRY(world.files.remove(partial));
  {
    SLIPWAY_ASSIGN(const auto to, world.files.create_new(partial));
    std::uint64_t at = 0;
    const auto write = [&](Bytes bytes) -> Result<void> {
      SLIPWAY_TRY(to->write_at(at, bytes));
      at += bytes.size();
      received(bytes.size());
      return {};
    };
    SLIPWAY_ASSIGN(const hub::Downloaded got, client.download(job.repo, job.commit, job.file.path, 0, write));
    (void)got;
    SLIPWAY_TRY(to->sync());
  }
  SLIPWAY_ASSIGN(const Digests digests, digest_path(world.files, partial));
  if (!is_expected(job.file, digests)) {
    SLIPWAY_TRY(world.files.remove(partial));
    return fail(
        ErrorCode::kCorruptData,
        fmt::format("{} came with wrong bytes; nothing was put in its place, try again", job.file.path));
  }
  SLIPWAY_TRY(world.files.rename(partial, job.target));
  return world.files.sync_dir(os::parent(job.target));
}

}  // namespace slipway::flow
