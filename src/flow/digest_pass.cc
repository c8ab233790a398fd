#include "flow/digest_pass.h"

#include <algorithm>
#include <mutex>

#include <fmt/format.h>

#include "base/hash.h"
#include "flow/finite_scan.h"
#include "release/secrets.h"

namespace slipway::flow {
namespace {

// Smaller files are read again sooner than their digests are looked up and kept.
constexpr std::uint64_t kRememberedBytesMin = 1u << 20;

std::string git_sha1_of(const release::PlannedFile& file, const std::string& small) {
  return file.size <= kGitBlobBytesMax ? git_blob_sha1(as_bytes(small)) : std::string();
}

Result<FileDigest> read_once(const release::PlannedFile& file, FiniteScan& scan, const DigestOptions& options,
                             Observer& observer) {
  release::SecretScan secrets;
  const bool readable = release::may_hold_secrets(file.path);
  Sha256 sha256;
  std::string small;
  ByteVector piece(std::min<std::uint64_t>(kPieceBytes, std::max<std::uint64_t>(1, file.size)));
  for (std::uint64_t at = 0; at < file.size;) {
    const MutableBytes part =
        MutableBytes(piece).first(std::min<std::uint64_t>(piece.size(), file.size - at));
    SLIPWAY_TRY_WITHIN(fmt::format("read {}", file.path), file.content->read(at, part));
    sha256.update(part);
    scan.feed(at, part);
    if (readable) secrets.feed(part);
    if (file.size <= kGitBlobBytesMax) small.append(as_text(part));
    at += part.size();
    observer.advance(part.size());
  }
  SLIPWAY_TRY(release::refuse_secrets(file.path, secrets.finish(), options.allowed_secrets));
  return FileDigest{.digests = {sha256.finish_hex(), git_sha1_of(file, small)}, .read_bytes = file.size};
}

class Pass {
 public:
  Pass(os::World& world, const run::RunFacts& run, const DigestOptions& options, Observer& observer)
      : world_(world), run_(run), options_(options), observer_(observer) {
    for (const run::RunFile& file : run.files) stats_[file.path] = file.stat;
    if (options.journal == nullptr) return;
    if (auto ledger = fold(options.journal->records())) known_ = std::move(ledger->digests);
  }

  Result<std::map<std::string, FileDigest>> run_all(const std::vector<release::PlannedFile>& files) {
    std::vector<os::Executor::Task> tasks;
    for (const release::PlannedFile& file : files) tasks.emplace_back([this, &file] { one(file); });
    world_.executor.run(std::move(tasks), options_.jobs);
    if (world_.executor.interrupted())
      return fail(ErrorCode::kInterrupted, "stopped while reading; run again to go on");
    if (failure_) return std::unexpected(std::move(*failure_));
    if (!bad_.empty() && !options_.allow_nan) return refuse_non_finite(std::move(bad_));
    return std::move(digests_);
  }

 private:
  std::optional<KnownDigest> known(const release::PlannedFile& file) {
    if (file.origin != release::Origin::kRun) return std::nullopt;
    const auto at = known_.find(file.path);
    const auto stat = stats_.find(file.path);
    if (at == known_.end() || stat == stats_.end() || !at->second.finite) return std::nullopt;
    const os::FileStat& then = at->second.stat;
    const os::FileStat& now = stat->second;
    const bool same =
        then.size_bytes == now.size_bytes && then.mtime_ns == now.mtime_ns && then.inode == now.inode;
    return same ? std::optional(at->second) : std::nullopt;
  }

  void one(const release::PlannedFile& file) {
    if (stopped()) return;
    if (const auto before = known(file)) {
      observer_.advance(file.size);
      const std::scoped_lock hold(mutex_);
      digests_[file.path] = {.digests = before->digests};
      return;
    }
    FiniteScan scan(run_, file);
    auto digest = read_once(file, scan, options_, observer_);
    const std::scoped_lock hold(mutex_);
    if (!digest) {
      if (!failure_) failure_ = std::move(digest).error();
      return;
    }
    std::ranges::copy(scan.bad(), std::back_inserter(bad_));
    remember(file, *digest, scan.bad().empty());
    digests_[file.path] = std::move(*digest);
  }

  void remember(const release::PlannedFile& file, const FileDigest& digest, bool finite) {
    if (options_.journal == nullptr || file.origin != release::Origin::kRun) return;
    if (file.size < kRememberedBytesMin) return;
    const KnownDigest known{.stat = stats_[file.path], .digests = digest.digests, .finite = finite};
    if (auto kept = options_.journal->append(RecordType::kDigest, digest_json(file.path, known));
        !kept && !failure_) {
      failure_ = std::move(kept).error();
    }
  }

  bool stopped() {
    const std::scoped_lock hold(mutex_);
    return failure_.has_value() || world_.executor.interrupted();
  }

  os::World& world_;
  const run::RunFacts& run_;
  const DigestOptions& options_;
  Observer& observer_;
  std::map<std::string, os::FileStat> stats_{};
  std::map<std::string, KnownDigest> known_{};
  std::mutex mutex_{};
  std::map<std::string, FileDigest> digests_{};
  std::vector<std::string> bad_{};
  std::optional<Error> failure_{};
};

}  // namespace

Result<std::map<std::string, FileDigest>> digest_release(os::World& world, const run::RunFacts& run,
                                                         const std::vector<release::PlannedFile>& files,
                                                         const DigestOptions& options, Observer& observer) {
  std::uint64_t total = 0;
  for (const release::PlannedFile& file : files) total += file.size;
  observer.phase("Reading", total);
  return Pass(world, run, options, observer).run_all(files);
}

}  // namespace slipway::flow
