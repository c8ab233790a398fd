#include "flow/out_file.h"

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include "base/hash.h"
#include "flow/finite_scan.h"

namespace slipway::flow {
namespace {

// What every byte of a file passes through.
class Pass {
 public:
  Pass(const run::RunFacts& run, const release::PlannedFile& file, bool digests)
      : file_(file), digests_(digests), readable_(release::may_hold_secrets(file.path)), scan_(run, file) {}

  void feed(std::uint64_t at, Bytes piece) {
    scan_.feed(at, piece);
    if (readable_) secrets_.feed(piece);
    if (!digests_) return;
    sha256_.update(piece);
    if (file_.size <= kGitBlobBytesMax) small_.append(as_text(piece));
  }

  PassedFile finish() {
    PassedFile passed{.bad = scan_.bad(), .secrets = secrets_.finish()};
    passed.digest.read_bytes = file_.size;
    if (!digests_) return passed;
    passed.digest.digests.sha256 = sha256_.finish_hex();
    if (file_.size <= kGitBlobBytesMax) passed.digest.digests.git_blob_sha1 = git_blob_sha1(as_bytes(small_));
    return passed;
  }

 private:
  const release::PlannedFile& file_;
  bool digests_;
  bool readable_;
  release::SecretScan secrets_{};
  FiniteScan scan_;
  Sha256 sha256_{};
  std::string small_{};
};

// Calls `use(at, piece)` for the whole content, in order.
template <typename Use>
Result<void> for_each_piece(const release::PlannedFile& file, Use use) {
  ByteVector buffer(std::min<std::uint64_t>(kOutPieceBytes, std::max<std::uint64_t>(1, file.size)));
  for (std::uint64_t at = 0; at < file.size;) {
    const MutableBytes piece =
        MutableBytes(buffer).first(std::min<std::uint64_t>(buffer.size(), file.size - at));
    SLIPWAY_TRY_WITHIN(fmt::format("read {}", file.path), file.content->read(at, piece));
    SLIPWAY_TRY(use(at, Bytes(piece)));
    at += piece.size();
  }
  return {};
}

// The file being written, read back piece by piece while the bytes are still in the core's cache.
class ReadBack {
 public:
  ReadBack(std::unique_ptr<os::ReadFile> file, const os::Path& path) : file_(std::move(file)), path_(path) {}

  Result<void> check(std::uint64_t at, Bytes piece) {
    buffer_.resize(std::max(buffer_.size(), piece.size()));
    const MutableBytes back = MutableBytes(buffer_).first(piece.size());
    SLIPWAY_ASSIGN(const std::size_t got, file_->read_at(at, back));
    if (got == piece.size() && std::memcmp(back.data(), piece.data(), piece.size()) == 0) return {};
    return fail(ErrorCode::kCorruptData, fmt::format("{} reads back different from what was written", path_));
  }

 private:
  std::unique_ptr<os::ReadFile> file_;
  const os::Path& path_;
  ByteVector buffer_{};
};

}  // namespace

Result<PassedFile> write_file_once(os::FileSystem& fs, const run::RunFacts& run,
                                   const release::PlannedFile& file, const os::Path& path, bool digests,
                                   Observer& observer) {
  Pass pass(run, file, digests);
  {
    std::unique_ptr<os::ReadFile> from;
    if (!file.source.empty()) {
      SLIPWAY_ASSIGN(from, fs.open_read(file.source));
    }
    SLIPWAY_ASSIGN(const auto to, fs.create_new(path));
    SLIPWAY_ASSIGN(auto written, fs.open_read(path));
    ReadBack back(std::move(written), path);
    SLIPWAY_TRY(to->preallocate(file.size));
    const auto copy = [&](std::uint64_t at, Bytes piece) -> Result<void> {
      pass.feed(at, piece);
      if (from != nullptr)
        SLIPWAY_TRY(to->copy_range(*from, at, at, piece.size()));
      else
        SLIPWAY_TRY(to->write_at(at, piece));
      SLIPWAY_TRY(back.check(at, piece));
      observer.advance(piece.size());
      return {};
    };
    SLIPWAY_TRY(for_each_piece(file, copy));
    SLIPWAY_TRY(to->sync());
  }
  SLIPWAY_ASSIGN(const os::FileStat stat, fs.stat(path));
  if (stat.size_bytes == file.size) return pass.finish();
  return fail(ErrorCode::kCorruptData, fmt::format("{} has another size than what was written", path));
}

Result<std::optional<PassedFile>> compare_file_once(os::FileSystem& fs, const run::RunFacts& run,
                                                    const release::PlannedFile& file, const os::Path& path,
                                                    bool digests, Observer& observer) {
  const auto stat = fs.link_stat(path);
  if (!stat && stat.error().code != ErrorCode::kNotFound) return std::unexpected(stat.error());
  if (!stat || stat->kind != os::FileKind::kFile || stat->size_bytes != file.size) return std::nullopt;
  SLIPWAY_ASSIGN(const auto there, fs.open_read(path));
  Pass pass(run, file, digests);
  ByteVector buffer(std::min<std::uint64_t>(kOutPieceBytes, std::max<std::uint64_t>(1, file.size)));
  bool same = true;
  const auto compare = [&](std::uint64_t at, Bytes piece) -> Result<void> {
    if (!same) return {};
    const MutableBytes other = MutableBytes(buffer).first(piece.size());
    SLIPWAY_TRY(there->read_exact(at, other));
    same = std::memcmp(piece.data(), other.data(), piece.size()) == 0;
    pass.feed(at, piece);
    observer.advance(piece.size());
    return {};
  };
  SLIPWAY_TRY(for_each_piece(file, compare));
  if (!same) return std::nullopt;
  return pass.finish();
}

}  // namespace slipway::flow
