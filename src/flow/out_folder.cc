#include "flow/out_folder.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/hash.h"
#include "os/path.h"

namespace slipway::flow {
namespace {

Result<std::string> sha256_of_file(os::FileSystem& fs, const os::Path& path) {
  SLIPWAY_ASSIGN(const auto file, fs.open_read(path));
  Sha256 sha256;
  ByteVector piece(kPieceBytes);
  for (std::uint64_t at = 0;;) {
    SLIPWAY_ASSIGN(const std::size_t got, file->read_at(at, piece));
    if (got == 0) return sha256.finish_hex();
    sha256.update(Bytes(piece).first(got));
    at += got;
  }
}

// Whether the file is there, a plain file, and holds these bytes.
Result<bool> holds(os::FileSystem& fs, const os::Path& path, std::uint64_t size, const std::string& sha256) {
  const auto stat = fs.link_stat(path);
  if (!stat && stat.error().code == ErrorCode::kNotFound) return false;
  if (!stat) return std::unexpected(stat.error());
  if (stat->kind != os::FileKind::kFile || stat->size_bytes != size) return false;
  SLIPWAY_ASSIGN(const std::string there, sha256_of_file(fs, path));
  return there == sha256;
}

Result<void> copy_content(os::WriteFile& to, const release::PlannedFile& file, Observer& observer) {
  ByteVector piece(kPieceBytes);
  for (std::uint64_t at = 0; at < file.size;) {
    const MutableBytes part =
        MutableBytes(piece).first(std::min<std::uint64_t>(piece.size(), file.size - at));
    SLIPWAY_TRY(file.content->read(at, part));
    SLIPWAY_TRY(to.write_at(at, part));
    at += part.size();
    observer.advance(part.size());
  }
  return {};
}

class OutFolder {
 public:
  OutFolder(os::FileSystem& fs, const os::Path& out, const std::vector<release::PlannedFile>& files,
            const std::map<std::string, FileDigest>& digests, Observer& observer)
      : fs_(fs),
        out_(out),
        partial_(trimmed(out) + ".partial"),
        files_(files),
        digests_(digests),
        observer_(observer) {}

  Result<bool> run() {
    SLIPWAY_ASSIGN(const bool done, stands_already());
    if (done) return false;
    SLIPWAY_TRY(os::make_dirs(fs_, os::parent(trimmed(out_))));
    SLIPWAY_TRY(os::make_dirs(fs_, partial_));
    for (const release::PlannedFile& file : files_) {
      SLIPWAY_TRY_WITHIN(fmt::format("write {}", os::join(out_, file.path)), write_file(file));
    }
    SLIPWAY_TRY(remove_others());
    SLIPWAY_TRY(fs_.sync_dir(partial_));
    SLIPWAY_TRY(fs_.rename(partial_, trimmed(out_)));
    SLIPWAY_TRY(fs_.sync_dir(os::parent(trimmed(out_))));
    return true;
  }

 private:
  static os::Path trimmed(const os::Path& path) {
    os::Path text = path;
    while (text.size() > 1 && text.ends_with('/')) text.pop_back();
    return text;
  }

  const std::string& sha256_of(const release::PlannedFile& file) const {
    return digests_.at(file.path).digests.sha256;
  }

  // DIR may be missing or empty (then it is made), or hold the release (then nothing is done).
  Result<bool> stands_already() {
    const auto entries = fs_.list(out_);
    if (!entries && entries.error().code == ErrorCode::kNotFound) return false;
    if (!entries) return std::unexpected(entries.error());
    if (entries->empty()) {
      SLIPWAY_TRY(fs_.remove_dir(out_));
      return false;
    }
    for (const release::PlannedFile& file : files_) {
      SLIPWAY_ASSIGN(const bool same, holds(fs_, os::join(out_, file.path), file.size, sha256_of(file)));
      if (same) continue;
      return fail(ErrorCode::kAlreadyExists,
                  fmt::format("{} holds other files than this release ({}); give --out an empty folder", out_,
                              file.path));
    }
    return true;
  }

  Result<void> write_file(const release::PlannedFile& file) {
    const os::Path path = os::join(partial_, file.path);
    SLIPWAY_ASSIGN(const bool done, holds(fs_, path, file.size, sha256_of(file)));
    if (done) return {};
    SLIPWAY_TRY(os::make_dirs(fs_, os::parent(path)));
    SLIPWAY_ASSIGN(const bool stale, os::exists(fs_, path));
    if (stale) SLIPWAY_TRY(fs_.remove(path));
    {
      SLIPWAY_ASSIGN(const auto to, fs_.create_new(path));
      SLIPWAY_TRY(to->preallocate(file.size));
      SLIPWAY_TRY(copy_content(*to, file, observer_));
      SLIPWAY_TRY(to->sync());
    }
    SLIPWAY_TRY(fs_.sync_dir(os::parent(path)));
    SLIPWAY_ASSIGN(const bool whole, holds(fs_, path, file.size, sha256_of(file)));
    if (whole) return {};
    return fail(ErrorCode::kCorruptData, fmt::format("{} reads back different from what was written", path));
  }

  // What an earlier, other plan left in DIR.partial.
  Result<void> remove_others() {
    SLIPWAY_ASSIGN(const auto entries, fs_.list(partial_));
    for (const os::DirEntry& entry : entries) {
      const bool wanted = std::ranges::any_of(files_, [&](const release::PlannedFile& file) {
        return file.path == entry.name || file.path.starts_with(entry.name + "/");
      });
      if (!wanted) SLIPWAY_TRY(os::remove_tree(fs_, os::join(partial_, entry.name)));
    }
    return {};
  }

  os::FileSystem& fs_;
  os::Path out_;
  os::Path partial_;
  const std::vector<release::PlannedFile>& files_;
  const std::map<std::string, FileDigest>& digests_;
  Observer& observer_;
};

}  // namespace

Result<bool> write_out(os::FileSystem& fs, const os::Path& out,
                       const std::vector<release::PlannedFile>& files,
                       const std::map<std::string, FileDigest>& digests, Observer& observer) {
  std::uint64_t total = 0;
  for (const release::PlannedFile& file : files) total += file.size;
  observer.phase("Writing", total);
  return OutFolder(fs, out, files, digests, observer).run();
}

}  // namespace slipway::flow
