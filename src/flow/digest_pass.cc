#include "flow/digest_pass.h"

#include <algorithm>
#include <functional>
#include <list>
#include <mutex>

#include "base/hash.h"
#include "flow/finite_scan.h"
#include "flow/passing_file.h"
#include "release/secrets.h"

namespace slipway::flow {
namespace {

// Smaller files are read again sooner than their digests are looked up and kept.
constexpr std::uint64_t kRememberedBytesMin = 1u << 20;

// The largest first, so that the longest work does not begin last.
std::vector<const release::PlannedFile*> by_size(const std::vector<release::PlannedFile>& files) {
  std::vector<const release::PlannedFile*> sorted;
  for (const release::PlannedFile& file : files) sorted.push_back(&file);
  std::ranges::stable_sort(sorted, std::greater{}, [](const auto* file) { return file->size; });
  return sorted;
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
    queue_ = by_size(files);
    const std::size_t lanes = lanes_of_a_thread();
    std::vector<os::Executor::Task> tasks;
    for (std::size_t i = 0; i == 0 || i < options_.jobs; i += lanes)
      tasks.emplace_back([this, lanes] { work(lanes); });
    world_.executor.run(std::move(tasks), options_.jobs);
    if (world_.executor.interrupted())
      return fail(ErrorCode::kInterrupted, "stopped while reading; run again to go on");
    if (failure_) return std::unexpected(std::move(*failure_));
    if (!bad_.empty() && !options_.allow_nan && !options_.report_only)
      return refuse_non_finite(std::move(bad_));
    return std::move(digests_);
  }

 private:
  std::optional<KnownDigest> known(const release::PlannedFile& file) {
    // A text is looked through each time: what may be in it is said anew by each command.
    if (file.origin != release::Origin::kRun || release::may_hold_secrets(file.path)) return std::nullopt;
    const auto at = known_.find(file.path);
    const auto stat = stats_.find(file.path);
    if (at == known_.end() || stat == stats_.end() || !at->second.finite) return std::nullopt;
    const os::FileStat& then = at->second.stat;
    const os::FileStat& now = stat->second;
    const bool same =
        then.size_bytes == now.size_bytes && then.mtime_ns == now.mtime_ns && then.inode == now.inode;
    return same ? std::optional(at->second) : std::nullopt;
  }

  // Two files share a thread where their digests cost about as much as one's.
  std::size_t lanes_of_a_thread() const { return world_.cpu.sha && options_.jobs > 1 ? 2 : 1; }

  // Where nobody would refuse what is found, and nothing remembers it, nobody needs to look.
  PassingFile::Looks looks() const {
    return {.finite = !options_.allow_nan || options_.journal != nullptr,
            .secrets = !options_.report_only,
            .digests = options_.hash};
  }

  void work(std::size_t lanes) {
    std::list<PassingFile> files;
    while (!stopped()) {
      take_files(files, lanes);
      if (files.empty()) return;
      auto done = read_pieces(files);
      const std::scoped_lock hold(mutex_);
      if (!done && !failure_) failure_ = std::move(done).error();
    }
  }

  // All free lanes at once, so that two large files meet in one thread.
  void take_files(std::list<PassingFile>& files, std::size_t lanes) {
    for (const release::PlannedFile* file : unread(lanes - files.size())) {
      files.emplace_back(run_, *file, looks());
    }
  }

  std::vector<const release::PlannedFile*> unread(std::size_t files_max) {
    std::vector<const release::PlannedFile*> taken;
    const std::scoped_lock hold(mutex_);
    while (taken.size() < files_max && next_ < queue_.size()) {
      const release::PlannedFile& file = *queue_[next_++];
      if (const auto before = known(file)) {
        observer_.advance(file.size);
        digests_[file.path] = {.digests = before->digests};
      } else {
        taken.push_back(&file);
      }
    }
    return taken;
  }

  // A piece of each file; files that end with it leave the list.
  Result<void> read_pieces(std::list<PassingFile>& files) {
    SLIPWAY_ASSIGN(const Bytes first, files.front().next());
    Bytes second;
    if (files.size() == 2) {
      SLIPWAY_ASSIGN(second, files.back().next());
    }
    if (options_.hash && files.size() == 2) {
      update_both(world_.cpu, files.front().sha256(), first, files.back().sha256(), second);
    } else if (options_.hash) {
      files.front().sha256().update(first);
    }
    observer_.advance(first.size() + second.size());
    for (auto file = files.begin(); file != files.end();) {
      if (file->at_end()) SLIPWAY_TRY(conclude(*file));
      file = file->at_end() ? files.erase(file) : std::next(file);
    }
    return {};
  }

  Result<void> conclude(PassingFile& file) {
    SLIPWAY_ASSIGN(FileDigest digest, file.finish(options_.allowed_secrets));
    const std::scoped_lock hold(mutex_);
    digest.not_finite = file.bad();
    std::ranges::copy(digest.not_finite, std::back_inserter(bad_));
    remember(file.file(), digest, digest.not_finite.empty());
    digests_[file.file().path] = std::move(digest);
    return {};
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
  std::vector<const release::PlannedFile*> queue_{};
  std::size_t next_ = 0;
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
