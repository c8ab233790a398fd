#include "flow/pull.h"

#include <algorithm>
#include <mutex>

#include <fmt/format.h>

#include "base/glob.h"
#include "flow/fetch_file.h"
#include "os/path.h"
#include "run/base_model.h"

namespace slipway::flow {
namespace {

constexpr std::size_t kPullFilesMax = 100'000;

class Pull {
 public:
  Pull(os::World& world, hub::Client& client, const PullOptions& options, Observer& observer)
      : world_(world), client_(client), options_(options), observer_(observer) {}

  Result<PullResult> run() {
    const os::Millis start = world_.clock.steady();
    SLIPWAY_ASSIGN(repo_, hub::wire::parse_repo_id(options_.repo));
    SLIPWAY_TRY(find_commit());
    SLIPWAY_TRY(choose());
    SLIPWAY_TRY(fetch_all());
    if (!options_.out) SLIPWAY_TRY(point_ref());
    result_.seconds = std::chrono::duration<double>(world_.clock.steady() - start).count();
    return std::move(result_);
  }

 private:
  os::Path cache_folder() const {
    return os::join(run::hub_cache(world_), fmt::format("models--{}--{}", repo_.owner, repo_.name));
  }

  Result<void> find_commit() {
    SLIPWAY_ASSIGN(const auto info, client_.repo_info(repo_, options_.revision));
    if (!info) {
      SLIPWAY_ASSIGN(const bool known, client_.repo_exists(repo_));
      return fail(
          ErrorCode::kNotFound,
          known ? fmt::format("{} has no revision '{}'", repo_.full(), options_.revision)
                : fmt::format("{} knows no repository {}; check the name and whether your token may see it",
                              client_.options().endpoint, repo_.full()));
    }
    result_.repo = repo_.full();
    result_.revision = options_.revision;
    result_.commit = info->sha;
    result_.folder = options_.out ? *options_.out : os::join(cache_folder(), "snapshots/" + info->sha);
    return {};
  }

  bool wanted(const std::string& path) const {
    if (glob_match_any(options_.exclude, path)) return false;
    return options_.include.empty() || glob_match_any(options_.include, path);
  }

  Result<void> choose() {
    SLIPWAY_ASSIGN(const auto tree, client_.tree(repo_, result_.commit));
    for (const hub::RemoteFile& file : tree) {
      if (!wanted(file.path)) continue;
      if (!os::is_plain_relative(file.path)) {
        return fail(ErrorCode::kProtocol, fmt::format("{} lists a file named '{}', which no folder may hold",
                                                      repo_.full(), file.path));
      }
      files_.push_back(file);
    }
    if (files_.size() <= kPullFilesMax) return {};
    return fail(ErrorCode::kUnsupported,
                fmt::format("{} has {} files; choose some with --include", repo_.full(), files_.size()));
  }

  Result<void> fetch_all() {
    std::uint64_t total = 0;
    for (const hub::RemoteFile& file : files_) total += file.size;
    observer_.phase("Fetching", total);
    std::vector<os::Executor::Task> tasks;
    for (const hub::RemoteFile& file : files_) {
      result_.files.push_back(file.path);
      tasks.emplace_back([this, &file] { fetch_unless_failed(file); });
    }
    world_.executor.run(std::move(tasks), options_.jobs);
    if (world_.executor.interrupted())
      return fail(ErrorCode::kInterrupted, "stopped while fetching; run again to go on");
    if (failure_) return std::unexpected(std::move(*failure_));
    return {};
  }

  void fetch_unless_failed(const hub::RemoteFile& file) {
    {
      const std::scoped_lock hold(mutex_);
      if (failure_ || world_.executor.interrupted()) return;
    }
    auto done = fetch_one(file);
    const std::scoped_lock hold(mutex_);
    if (!done && !failure_) failure_ = within(fmt::format("fetch {}", file.path), std::move(done).error());
  }

  Result<void> fetch_one(const hub::RemoteFile& file) {
    const os::Path shown = os::join(result_.folder, file.path);
    const os::Path blob = os::join(cache_folder(), "blobs/" + file.sha256.value_or(file.git_oid));
    const os::Path target = options_.out ? shown : blob;
    SLIPWAY_ASSIGN(const bool there, holds_file(world_.files, target, file));
    if (there) {
      count(file.size, result_.already_there_bytes);
    } else {
      SLIPWAY_TRY(fetch_file(world_, client_, {repo_, result_.commit, file, target},
                             [this](std::uint64_t bytes) { count(bytes, result_.received_bytes); }));
    }
    return options_.out ? Result<void>{} : link(shown, file, blob);
  }

  void count(std::uint64_t bytes, std::uint64_t& sum) {
    observer_.advance(bytes);
    const std::scoped_lock hold(mutex_);
    sum += bytes;
  }

  // snapshots/<commit>/<path> points into blobs/, relatively, so that the cache can be moved.
  Result<void> link(const os::Path& shown, const hub::RemoteFile& file, const os::Path& blob) {
    SLIPWAY_TRY(os::make_dirs(world_.files, os::parent(shown)));
    SLIPWAY_ASSIGN(const bool there, os::exists(world_.files, shown));
    if (there) return {};
    std::string target = "../../";
    target += "blobs/" + os::base_name(blob);
    for (const char c : file.path) {
      if (c == '/') target.insert(0, "../");
    }
    auto made = world_.files.make_symlink(target, shown);
    if (!made && made.error().code == ErrorCode::kAlreadyExists) return {};
    return made;
  }

  // refs/<revision> names the commit, as stock clients look it up offline.
  Result<void> point_ref() {
    if (options_.revision == result_.commit || !os::is_plain_relative(options_.revision)) return {};
    const os::Path ref = os::join(cache_folder(), "refs/" + options_.revision);
    SLIPWAY_TRY(os::make_dirs(world_.files, os::parent(ref)));
    return os::replace_file(world_.files, ref, as_bytes(result_.commit));
  }

  os::World& world_;
  hub::Client& client_;
  const PullOptions& options_;
  Observer& observer_;
  hub::wire::RepoId repo_{};
  std::vector<hub::RemoteFile> files_{};
  std::mutex mutex_{};
  std::optional<Error> failure_{};
  PullResult result_{};
};

}  // namespace

Result<PullResult> pull(os::World& world, hub::Client& client, const PullOptions& options,
                        Observer& observer) {
  return Pull(world, client, options, observer).run();
}

}  // namespace slipway::flow
