#include "flow/pull.h"

#include <algorithm>
#include <map>
#include <mutex>

#include <fmt/format.h>

#include "base/glob.h"
#include "base/size_text.h"
#include "flow/fetch_all.h"
#include "flow/hub_cache.h"
#include "flow/wait_for_lock.h"
#include "os/path.h"

namespace slipway::flow {
namespace {

constexpr std::size_t kPullFilesMax = 100'000;
constexpr std::uint64_t kFileBytesMax = std::uint64_t{1} << 46;  // so that the sum of all stays a number
constexpr std::string_view kPullFolder = ".cache/huggingface/slipway/pull";

// What no repository may put into a folder: tools that run there would act on it.
bool is_kept_out(std::string_view path) {
  return path == ".git" || path.starts_with(".git/") || path.starts_with(".cache/huggingface/");
}

class Pull {
 public:
  Pull(os::World& world, hub::Client& client, const PullOptions& options, Observer& observer)
      : world_(world), client_(client), options_(options), observer_(observer) {}

  Result<PullResult> run() {
    const os::Millis start = world_.clock.steady();
    SLIPWAY_ASSIGN(repo_, hub::wire::parse_repo_id(options_.repo));
    cache_.emplace(world_, repo_);
    result_.repo = repo_.full();
    result_.revision = options_.revision;
    SLIPWAY_TRY(options_.offline ? answer_from_cache() : fetch());
    result_.seconds = std::chrono::duration<double>(world_.clock.steady() - start).count();
    return std::move(result_);
  }

 private:
  Result<void> fetch() {
    SLIPWAY_TRY(find_commit());
    SLIPWAY_ASSIGN(const auto tree, client_.tree(repo_, result_.commit));
    SLIPWAY_TRY(choose(tree));
    if (!options_.out) SLIPWAY_TRY(cache_->prepare());
    SLIPWAY_TRY(look_for_all());
    SLIPWAY_TRY(check_space());
    SLIPWAY_TRY(fetch_missing());
    SLIPWAY_TRY(show_all());
    if (options_.out) return leave_out_folder();
    SLIPWAY_TRY(cache_->keep_tree(result_.commit, tree));
    return cache_->keep_ref(options_.revision, result_.commit);
  }

  // Without a listing nobody knows whether a snapshot is whole; then it is as if absent.
  Result<void> answer_from_cache() {
    if (options_.out) return fail_offline("is not put into a folder");
    SLIPWAY_ASSIGN(result_.commit, cache_->known_commit(options_.revision));
    if (result_.commit.empty()) return fail_offline("is not in the Hub cache");
    SLIPWAY_ASSIGN(const auto tree, cache_->known_tree(result_.commit));
    if (!tree) return fail_offline("is in the Hub cache without the listing of its files");
    SLIPWAY_TRY(choose(*tree));
    result_.folder = cache_->snapshot(result_.commit);
    for (const hub::RemoteFile& file : files_) {
      SLIPWAY_ASSIGN(const bool there, cache_->holds(result_.commit, file));
      if (!there) return fail_offline(fmt::format("is in the Hub cache without {}", file.path));
      SLIPWAY_TRY(cache_->show(result_.commit, file, cache_->blob(file)));
      result_.already_there_bytes += file.size;
    }
    return {};
  }

  std::unexpected<Error> fail_offline(std::string_view why) const {
    return fail(ErrorCode::kOffline,
                fmt::format("HF_HUB_OFFLINE is set and {} at {} {}; unset it and run again", result_.repo,
                            result_.revision, why));
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
    if (!os::is_plain_relative(info->sha) || info->sha.find('/') != std::string::npos)
      return fail(ErrorCode::kProtocol, fmt::format("{} names a commit '{}'", repo_.full(), info->sha));
    result_.commit = info->sha;
    result_.folder = options_.out ? *options_.out : cache_->snapshot(info->sha);
    return {};
  }

  bool wanted(const std::string& path) const {
    if (glob_match_any(options_.exclude, path)) return false;
    return options_.include.empty() || glob_match_any(options_.include, path);
  }

  Result<void> choose(const std::vector<hub::RemoteFile>& tree) {
    for (const hub::RemoteFile& file : tree) {
      if (!wanted(file.path)) continue;
      const bool good = os::is_plain_relative(file.path) && has_digest_name(file);
      if (!good || (options_.out && is_kept_out(file.path))) {
        return fail(
            ErrorCode::kProtocol,
            fmt::format("{} lists a file named '{}', which no folder may hold; leave it out with --exclude",
                        repo_.full(), file.path));
      }
      if (file.size > kFileBytesMax) {
        return fail(
            ErrorCode::kProtocol,
            fmt::format("{} says that {} has {} bytes, which no Hub holds; leave it out with --exclude",
                        repo_.full(), file.path, file.size));
      }
      files_.push_back(file);
      result_.files.push_back(file.path);
    }
    if (files_.size() <= kPullFilesMax) return {};
    return fail(ErrorCode::kUnsupported,
                fmt::format("{} has {} files; choose some with --include", repo_.full(), files_.size()));
  }

  os::Path shown(const hub::RemoteFile& file) const { return os::join(result_.folder, file.path); }

  // A cache is believed as all do who share it; files in somebody's folder are looked into.
  Result<bool> is_there(const hub::RemoteFile& file) {
    return options_.out ? holds_file(world_.files, shown(file), file) : cache_->holds(result_.commit, file);
  }

  Result<void> look_for_all() {
    std::uint64_t total = 0;
    for (const hub::RemoteFile& file : files_) total += file.size;
    observer_.phase("Fetching", total);
    there_.assign(files_.size(), 0);
    std::vector<os::Executor::Task> tasks;
    for (std::size_t i = 0; i < files_.size(); ++i) tasks.emplace_back([this, i] { look_for(i); });
    world_.executor.run(std::move(tasks), options_.jobs);
    if (world_.executor.interrupted())
      return fail(ErrorCode::kInterrupted, "stopped while looking; run again to go on");
    if (failure_) return std::unexpected(std::move(*failure_));
    return {};
  }

  void look_for(std::size_t i) {
    if (world_.executor.interrupted()) return;
    auto found = is_there(files_[i]);
    if (found && *found) count(files_[i].size, result_.already_there_bytes);
    const std::scoped_lock hold(mutex_);
    if (found) there_[i] = *found ? 1 : 0;
    if (!found && !failure_) failure_ = std::move(found).error();
  }

  FetchJob job_of(const hub::RemoteFile& file) const {
    const os::Path state = os::join(result_.folder, kPullFolder);
    FetchJob job = options_.out ? FetchJob{.commit = result_.commit,
                                           .file = file,
                                           .partial = os::join(state, digest_name(file) + ".incomplete"),
                                           .target = shown(file),
                                           .lock = os::join(state, digest_name(file) + ".lock"),
                                           .keeps_lock = false}
                                : cache_->job(result_.commit, file);
    job.repo = repo_;
    return job;
  }

  // What is missing, each content once: the file that is fetched for it.
  std::map<std::string, const hub::RemoteFile*> missing() const {
    std::map<std::string, const hub::RemoteFile*> contents;
    for (std::size_t i = 0; i < files_.size(); ++i) {
      if (there_[i] == 0) contents.emplace(digest_name(files_[i]), &files_[i]);
    }
    return contents;
  }

  Result<void> check_space() {
    std::uint64_t wanted = 0;
    for (const auto& [name, file] : missing()) {
      const auto begun = world_.files.stat(job_of(*file).partial);
      wanted += file->size - (begun ? std::min(begun->size_bytes, file->size) : 0);
    }
    os::Path folder = result_.folder;
    while (!world_.files.stat(folder) && os::parent(folder) != folder) folder = os::parent(folder);
    const auto free = world_.files.free_space(folder);
    if (!free || wanted <= *free) return {};  // some file systems do not tell
    return fail(ErrorCode::kNoSpace,
                fmt::format("{} has {} left, and {} are to be fetched; free some space, or choose files with "
                            "--include",
                            folder, format_size(*free), format_size(wanted)));
  }

  Result<void> fetch_missing() {
    std::vector<FetchJob> jobs;
    for (const auto& [name, file] : missing()) jobs.push_back(job_of(*file));
    const FetchMeter meter{
        .received = [this](std::uint64_t bytes) { count(bytes, result_.received_bytes); },
        .already_there = [this](std::uint64_t bytes) { count(bytes, result_.already_there_bytes); }};
    return fetch_all(world_, client_, std::move(jobs), meter, options_.jobs);
  }

  void count(std::uint64_t bytes, std::uint64_t& sum) {
    observer_.advance(bytes);
    const std::scoped_lock hold(mutex_);
    sum += bytes;
  }

  // In a cache every file is shown under its path; in a folder those that have another's bytes are copied.
  Result<void> show_all() {
    const auto contents = missing();
    for (std::size_t i = 0; i < files_.size(); ++i) {
      const hub::RemoteFile& file = files_[i];
      if (!options_.out) {
        const auto fetched = contents.find(digest_name(file));
        const os::Path from =
            fetched == contents.end() ? cache_->blob(file) : job_of(*fetched->second).target;
        SLIPWAY_TRY(cache_->show(result_.commit, file, from));
      } else if (there_[i] == 0 && contents.at(digest_name(file)) != &file) {
        SLIPWAY_TRY(copy_twin(file, shown(*contents.at(digest_name(file)))));
      }
    }
    return sync_folders();
  }

  // Another pull into the same folder may be about the same bytes.
  Result<void> copy_twin(const hub::RemoteFile& file, const os::Path& from) {
    const FetchJob job = job_of(file);
    SLIPWAY_ASSIGN(const auto lock, wait_for_lock(world_, job.lock));
    SLIPWAY_TRY(os::make_dirs(world_.files, os::parent(job.target)));
    SLIPWAY_ASSIGN(const bool there, holds_file(world_.files, job.target, file));
    if (!there) SLIPWAY_TRY(copy_file(world_.files, from, job.partial, job.target));
    return remove_if_there(world_.files, job.lock);
  }

  Result<void> sync_folders() {
    std::map<os::Path, bool> folders;
    for (const hub::RemoteFile& file : files_) folders[os::parent(shown(file))] = true;
    for (const auto& [folder, ignored] : folders) SLIPWAY_TRY(world_.files.sync_dir(folder));
    if (!options_.out && !files_.empty())
      return world_.files.sync_dir(os::parent(cache_->blob(files_.front())));
    return {};
  }

  // Our folders go where nothing else stands in them.
  Result<void> leave_out_folder() {
    os::Path folder = os::join(result_.folder, kPullFolder);
    while (folder != result_.folder && world_.files.remove_dir(folder)) folder = os::parent(folder);
    return {};
  }

  os::World& world_;
  hub::Client& client_;
  const PullOptions& options_;
  Observer& observer_;
  hub::wire::RepoId repo_{};
  std::optional<HubCache> cache_{};
  std::vector<hub::RemoteFile> files_{};
  std::vector<std::uint8_t> there_{};  // of each file: 1 when it was there
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
