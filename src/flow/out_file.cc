#include "flow/out_file.h"

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include "base/hash.h"
#include "flow/finite_scan.h"
#include "flow/read_ahead.h"

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

// What is long is gone through in pieces that stay in a core's cache.
template <typename ByteSpan, typename Use>
Result<void> for_each_piece(std::uint64_t at, ByteSpan bytes, Use use) {
  while (!bytes.empty()) {
    const ByteSpan piece = bytes.first(std::min(bytes.size(), kTurnBytes));
    SLIPWAY_TRY(use(at, piece));
    at += piece.size();
    bytes = bytes.subspan(piece.size());
  }
  return {};
}

// Calls `use(at, piece)` for the whole content, in order, each piece after it has been through `pass`.
template <typename Use>
Result<void> for_each_piece(os::Executor& executor, Pace pace, const release::PlannedFile& file, Pass& pass,
                            Use use) {
  const auto fill = [&](std::uint64_t from, MutableBytes stretch) {
    return for_each_piece(from, stretch, [&](std::uint64_t at, MutableBytes piece) -> Result<void> {
      SLIPWAY_TRY_WITHIN(fmt::format("read {}", file.path), file.content->read(at, piece));
      pass.feed(at, piece);
      return {};
    });
  };
  const auto use_all = [&](std::uint64_t from, Bytes stretch) { return for_each_piece(from, stretch, use); };
  return in_stretches(executor, pace, file.size, fill, use_all);
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

Result<PassedFile> write_file_once(os::World& world, const run::RunFacts& run,
                                   const release::PlannedFile& file, const os::Path& path, bool digests,
                                   Pace pace, Observer& observer) {
  Pass pass(run, file, digests);
  {
    std::unique_ptr<os::ReadFile> from;
    if (!file.source.empty()) {
      SLIPWAY_ASSIGN(from, world.files.open_read(file.source));
    }
    SLIPWAY_ASSIGN(const auto to, world.files.create_new(path));
    SLIPWAY_ASSIGN(auto written, world.files.open_read(path));
    ReadBack back(std::move(written), path);
    SLIPWAY_TRY(to->preallocate(file.size));
    const auto copy = [&](std::uint64_t at, Bytes piece) -> Result<void> {
      if (from != nullptr)
        SLIPWAY_TRY(to->copy_range(*from, at, at, piece.size()));
      else
        SLIPWAY_TRY(to->write_at(at, piece));
      SLIPWAY_TRY(back.check(at, piece));
      observer.advance(piece.size());
      return {};
    };
    SLIPWAY_TRY(for_each_piece(world.executor, pace, file, pass, copy));
    SLIPWAY_TRY(to->sync());
  }
  SLIPWAY_ASSIGN(const os::FileStat stat, world.files.stat(path));
  if (stat.size_bytes == file.size) return pass.finish();
  return fail(ErrorCode::kCorruptData, fmt::format("{} has another size than what was written", path));
}

Result<std::optional<PassedFile>> compare_file_once(os::World& world, const run::RunFacts& run,
                                                    const release::PlannedFile& file, const os::Path& path,
                                                    bool digests, Observer& observer) {
  const auto stat = world.files.link_stat(path);
  if (!stat && stat.error().code != ErrorCode::kNotFound) return std::unexpected(stat.error());
  if (!stat || stat->kind != os::FileKind::kFile || stat->size_bytes != file.size) return std::nullopt;
  SLIPWAY_ASSIGN(const auto there, world.files.open_read(path));
  Pass pass(run, file, digests);
  ByteVector buffer(std::min<std::uint64_t>(kTurnBytes, file.size));
  bool same = true;
  const auto compare = [&](std::uint64_t at, Bytes piece) -> Result<void> {
    const MutableBytes other = MutableBytes(buffer).first(piece.size());
    SLIPWAY_TRY(there->read_exact(at, other));
    same = std::memcmp(piece.data(), other.data(), piece.size()) == 0;
    if (!same) return fail(ErrorCode::kAlreadyExists, path);  // the rest need not be looked at
    observer.advance(piece.size());
    return {};
  };
  const auto compared = for_each_piece(world.executor, Pace::kInTurn, file, pass, compare);
  if (!same) return std::nullopt;
  SLIPWAY_TRY(compared);
  return pass.finish();
}

}  // namespace slipway::flow
