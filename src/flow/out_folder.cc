#include "flow/out_folder.h"

#include <algorithm>
#include <mutex>

#include <fmt/format.h>

#include "flow/finite_scan.h"
#include "flow/ledger.h"
#include "flow/out_file.h"
#include "os/path.h"

namespace slipway::flow {
namespace {

constexpr std::string_view kIdentity = "identity";

os::Path trimmed(os::Path path) {
  while (path.size() > 1 && path.ends_with('/')) path.pop_back();
  return path;
}

class OutFolder {
 public:
  OutFolder(os::World& world, const run::RunFacts& run, const release::Plan& plan, const OutOptions& options,
            Observer& observer)
      : world_(world),
        fs_(world.files),
        run_(run),
        plan_(plan),
        options_(options),
        observer_(observer),
        out_(trimmed(options.folder)),
        partial_(unfinished_folder(options.folder)) {}

  Result<OutResult> write() {
    SLIPWAY_ASSIGN(const bool done, stands_already());
    if (done) return std::move(result_);
    SLIPWAY_TRY(open_partial());
    SLIPWAY_TRY(write_files());
    SLIPWAY_TRY(remove_others());
    SLIPWAY_TRY(fs_.sync_dir(partial_));
    SLIPWAY_TRY(fs_.rename(partial_, out_));
    SLIPWAY_TRY(fs_.sync_dir(os::parent(out_)));
    result_.changed = true;
    return std::move(result_);
  }

 private:
  // DIR may be missing or empty (then it is made), or hold the release (then nothing is done).
  Result<bool> stands_already() {
    const auto there = fs_.link_stat(out_);
    if (!there && there.error().code == ErrorCode::kNotFound) return false;
    if (!there) return std::unexpected(there.error());
    const bool is_folder = there->kind == os::FileKind::kDirectory;
    const auto entries = fs_.list(out_);
    if (!is_folder && (!entries || entries->empty()))
      return fail(ErrorCode::kAlreadyExists,
                  fmt::format("{} is there and is no folder that could be replaced; give --out another "
                              "name",
                              out_));
    if (!entries) return std::unexpected(entries.error());
    if (entries->empty()) {
      SLIPWAY_TRY(fs_.remove_dir(out_));
      return false;
    }
    SLIPWAY_TRY(refuse_stranger(*entries));
    for (const release::PlannedFile& file : plan_.files) {
      SLIPWAY_ASSIGN(auto same, compare_file_once(world_, run_, file, os::join(out_, file.path),
                                                  options_.digests, observer_));
      if (!same) {
        return fail(
            ErrorCode::kAlreadyExists,
            fmt::format("{} holds something else than this release ({} is not there, or differs); give "
                        "--out an empty folder",
                        out_, file.path));
      }
      SLIPWAY_TRY(release::refuse_secrets(file.path, same->secrets, options_.allowed_secrets));
      keep(file, std::move(*same));
    }
    SLIPWAY_TRY(check_finite());
    return true;
  }

  // Beside the release's own files one that makes loaders take another model for it.
  Result<void> refuse_stranger(const std::vector<os::DirEntry>& entries) const {
    const auto found = std::ranges::find_if(entries, [&](const os::DirEntry& entry) {
      const std::string& name = entry.name;
      const bool loaded = name == "adapter_config.json" || name.ends_with(".safetensors") ||
                          name.ends_with(".bin") || name.ends_with(".index.json");
      return loaded && !is_planned(entry);
    });
    if (found == entries.end()) return {};
    return fail(ErrorCode::kAlreadyExists,
                fmt::format("{} holds {}, which is not of this release and which loaders would take; give "
                            "--out an empty folder",
                            out_, found->name));
  }

  // What is made is put together in OUT.partial, and what is not of it is removed there: it must be ours.
  // A call that was cut off behind its last step has left the whole release and no journal.
  Result<void> refuse_anothers_partial() {
    const auto there = fs_.link_stat(partial_);
    if (!there && there.error().code == ErrorCode::kNotFound) return {};
    if (!there) return std::unexpected(there.error());
    bool ours = there->kind == os::FileKind::kDirectory;
    if (ours) {
      SLIPWAY_ASSIGN(const auto entries, fs_.list(partial_));
      const bool begun = std::ranges::find(entries, kOutJournalName, &os::DirEntry::name) != entries.end();
      ours = begun || entries.empty() || is_release(entries);
    }
    if (ours) return {};
    return fail(ErrorCode::kAlreadyExists,
                fmt::format("{} is needed to put the release together and is there already, with what is not "
                            "of an unfinished release; move it away, or give --out another name",
                            partial_));
  }

  bool is_release(const std::vector<os::DirEntry>& entries) const {
    const auto is_there = [&](const release::PlannedFile& file) {
      return fs_.link_stat(os::join(partial_, file.path)).has_value();
    };
    return std::ranges::all_of(entries, [&](const os::DirEntry& entry) { return is_planned(entry); }) &&
           std::ranges::all_of(plan_.files, is_there);
  }

  bool is_planned(const os::DirEntry& entry) const {
    return std::ranges::any_of(plan_.files, [&](const release::PlannedFile& file) {
      return file.path == entry.name || file.path.starts_with(entry.name + "/");
    });
  }

  Result<void> open_partial() {
    SLIPWAY_TRY(refuse_anothers_partial());
    SLIPWAY_TRY(os::make_dirs(fs_, os::parent(out_)));
    SLIPWAY_TRY(os::make_dirs(fs_, partial_));
    SLIPWAY_ASSIGN(journal_, Journal::open(fs_, os::join(partial_, kOutJournalName)));
    for (const Record& record : journal_->records()) {
      if (record.type == RecordType::kFacts && options_.facts != nullptr) options_.facts->recall(record.body);
      const json::Value* path = record.body.find("path");
      const json::Value* identity = record.body.find(kIdentity);
      if (path != nullptr && identity != nullptr) identities_[path->string()] = identity->string();
    }
    SLIPWAY_ASSIGN(Ledger ledger, fold(journal_->records()));
    known_ = std::move(ledger.digests);
    return {};
  }

  Result<void> write_files() {
    std::vector<os::Executor::Task> tasks;
    for (const release::PlannedFile& file : plan_.files) tasks.emplace_back([this, &file] { one(file); });
    world_.executor.run(std::move(tasks), options_.jobs);
    if (world_.executor.interrupted())
      return fail(ErrorCode::kInterrupted, "stopped while writing; run again to go on");
    if (failure_) return std::unexpected(std::move(*failure_));
    auto good = check_finite();
    if (good && options_.accept) good = options_.accept();
    if (!good) SLIPWAY_TRY(os::remove_tree(fs_, partial_));
    return good;
  }

  void one(const release::PlannedFile& file) {
    if (stopped()) return;
    auto passed = write_or_know(file);
    const std::scoped_lock hold(mutex_);
    if (passed) return keep(file, std::move(*passed));
    if (!failure_) {
      failure_ = std::move(passed).error();
      failure_->context = fmt::format("write {}{}{}", os::join(out_, file.path),
                                      failure_->context.empty() ? "" : ": ", failure_->context);
    }
  }

  Result<PassedFile> write_or_know(const release::PlannedFile& file) {
    const os::Path path = os::join(partial_, file.path);
    if (const auto known = find_known(file, path)) {
      observer_.advance(file.size);
      return PassedFile{.digest = {.digests = known->digests}};
    }
    SLIPWAY_TRY(os::make_dirs(fs_, os::parent(path)));
    SLIPWAY_TRY(os::remove_tree(fs_, path));
    SLIPWAY_ASSIGN(PassedFile passed,
                   write_file_once(world_, run_, file, path, options_.digests, options_.pace, observer_));
    SLIPWAY_TRY(fs_.sync_dir(os::parent(path)));
    SLIPWAY_TRY(release::refuse_secrets(file.path, passed.secrets, options_.allowed_secrets));
    if (passed.bad.empty()) SLIPWAY_TRY(remember(file, path, passed.digest));
    return passed;
  }

  // A file that an earlier call finished, if it is still the one that is wanted now.
  // A text is looked through each time: what may be in it is said anew by each command.
  std::optional<KnownDigest> find_known(const release::PlannedFile& file, const os::Path& path) {
    if (release::may_hold_secrets(file.path)) return std::nullopt;
    const std::scoped_lock hold(mutex_);
    const auto identity = identities_.find(file.path);
    const auto known = known_.find(file.path);
    if (identity == identities_.end() || known == known_.end() || identity->second != file.identity)
      return std::nullopt;
    if (options_.digests && known->second.digests.sha256.empty()) return std::nullopt;
    const auto stat = fs_.link_stat(path);
    const os::FileStat& then = known->second.stat;
    const bool same = stat && stat->kind == os::FileKind::kFile && stat->size_bytes == then.size_bytes &&
                      stat->mtime_ns == then.mtime_ns && stat->inode == then.inode;
    return same ? std::optional(known->second) : std::nullopt;
  }

  Result<void> remember(const release::PlannedFile& file, const os::Path& path, const FileDigest& digest) {
    SLIPWAY_ASSIGN(const os::FileStat stat, fs_.link_stat(path));
    json::Value body = digest_json(file.path, {.stat = stat, .digests = digest.digests});
    body.set(std::string(kIdentity), file.identity);
    const std::scoped_lock hold(mutex_);
    if (options_.facts != nullptr)
      for (const json::Value& fact : options_.facts->news())
        SLIPWAY_TRY(journal_->append(RecordType::kFacts, fact));
    return journal_->append(RecordType::kDigest, body);
  }

  void keep(const release::PlannedFile& file, PassedFile passed) {
    std::ranges::move(passed.bad, std::back_inserter(bad_));
    result_.digests[file.path] = std::move(passed.digest);
  }

  bool stopped() {
    const std::scoped_lock hold(mutex_);
    return failure_.has_value() || world_.executor.interrupted();
  }

  Result<void> check_finite() {
    if (bad_.empty() || options_.allow_nan) return {};
    SLIPWAY_TRY(refuse_overflow(plan_));
    return refuse_non_finite(bad_);
  }

  // What an earlier, other plan left in DIR.partial, and our journal.
  Result<void> remove_others() {
    journal_.reset();
    SLIPWAY_ASSIGN(const auto entries, fs_.list(partial_));
    for (const os::DirEntry& entry : entries)
      if (!is_planned(entry)) SLIPWAY_TRY(os::remove_tree(fs_, os::join(partial_, entry.name)));
    return {};
  }

  os::World& world_;
  os::FileSystem& fs_;
  const run::RunFacts& run_;
  const release::Plan& plan_;
  const OutOptions& options_;
  Observer& observer_;
  os::Path out_;
  os::Path partial_;
  std::optional<Journal> journal_{};
  std::map<std::string, std::string> identities_{};
  std::map<std::string, KnownDigest> known_{};
  std::mutex mutex_{};
  OutResult result_{};
  std::vector<std::string> bad_{};
  std::optional<Error> failure_{};
};

}  // namespace

os::Path unfinished_folder(const os::Path& out) { return trimmed(out) + ".partial"; }

Result<OutResult> write_out(os::World& world, const run::RunFacts& run, const release::Plan& plan,
                            const OutOptions& options, Observer& observer) {
  std::uint64_t total = 0;
  for (const release::PlannedFile& file : plan.files) total += file.size;
  observer.phase("Writing", total);
  return OutFolder(world, run, plan, options, observer).write();
}

}  // namespace slipway::flow
