#include "flow/push_folder.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "base/glob.h"
#include "flow/digest_pass.h"
#include "flow/replans.h"
#include "os/path.h"
#include "release/assembly.h"
#include "release/refusals.h"
#include "run/weights.h"

namespace slipway::flow {
namespace {

bool any_part(std::string_view path, auto&& matches) {
  while (true) {
    const std::size_t slash = path.find('/');
    if (matches(path.substr(0, slash))) return true;
    if (slash == std::string_view::npos) return false;
    path.remove_prefix(slash + 1);
  }
}

class FolderPush {
 public:
  FolderPush(os::World& world, hub::Client& client, const PushOptions& options, Observer& observer)
      : world_(world), client_(client), options_(options), observer_(observer) {}

  Result<PublishResult> run() {
    const os::Millis start = world_.clock.steady();
    SLIPWAY_ASSIGN(repo_, client_.own_repo(options_.repo));
    SLIPWAY_ASSIGN(facts_, run::inspect(world_.files, options_.folder));
    SLIPWAY_TRY(choose());
    SLIPWAY_ASSIGN(
        digests_, digest_release(
                      world_, facts_, plan_.files,
                      {.allow_nan = true, .allowed_secrets = options_.allowed_secrets, .jobs = options_.jobs},
                      observer_));
    describe();
    SLIPWAY_TRY(push_with_replans(options_.replan, observer_, result_, [this] { return push_once(); }));
    result_.seconds = std::chrono::duration<double>(world_.clock.steady() - start).count();
    return std::move(result_);
  }

 private:
  bool wanted(const std::string& path) const {
    if (stays_home(path) || glob_match_any(options_.exclude, path)) return false;
    return options_.include.empty() || glob_match_any(options_.include, path);
  }

  Result<void> choose() {
    for (const run::RunFile& file : facts_.files) {
      if (!wanted(file.path)) {
        result_.left_out.push_back(file.path);
        continue;
      }
      SLIPWAY_TRY(release::refuse_link(file));
      plan_.files.push_back(release::untouched(world_.files, options_.folder, file));
    }
    warn_of_weights();
    if (!plan_.files.empty()) return {};
    const std::string why = result_.warnings.empty() ? "" : ": " + result_.warnings.front().message;
    return fail(ErrorCode::kRefused, fmt::format("{} holds nothing to push{}", options_.folder, why));
  }

  // A training's own shards are its state, and stay; that they are all the model there is, must be said.
  void warn_of_weights() {
    if (const auto foreign = run::foreign_weights(facts_)) {
      if (!std::ranges::all_of(facts_.weights->set.files, stays_home)) return;
      return warn_of_weights(
          fmt::format("{} is part of {}; `slipway publish {} --out DIR --to {}` makes a model of it and "
                      "sends that",
                      facts_.weights->set.files.front(), foreign->words, options_.folder, repo_.full()));
    }
    for (const run::Problem& problem : facts_.problems)
      if (!facts_.weights && release::is_training_state(problem.file))
        return warn_of_weights(problem.message);
  }

  void warn_of_weights(const std::string& why) {
    result_.warnings.push_back({"weights-stay-here", "the weights are not sent: " + why});
  }

  void describe() {
    result_.dry_run = options_.dry_run;
    result_.repo = repo_.full();
    result_.revision = options_.revision;
    for (const release::PlannedFile& file : plan_.files) {
      const FileDigest& digest = digests_.at(file.path);
      result_.files.push_back({file.path, file.size, digest.digests.sha256, file.origin});
      result_.bytes.total += file.size;
      result_.bytes.read += digest.read_bytes;
    }
  }

  std::vector<std::string> deletions(const RemoteState& remote) const {
    // Of a folder that is sent in part nothing is known of what the rest would shadow.
    const bool whole = options_.include.empty() && options_.exclude.empty();
    std::vector<std::string> deleted;
    if (whole) deleted = release::remote_deletions(plan_, remote.files, std::nullopt).paths;
    std::set<std::string_view> held;
    for (const release::PlannedFile& file : plan_.files) held.insert(file.path);
    for (const hub::RemoteFile& file : remote.files) {
      const bool asked = glob_match_any(options_.deleted, file.path) && file.path != ".gitattributes" &&
                         file.path != release::kManifestName;
      if (asked && !held.contains(file.path)) deleted.push_back(file.path);
    }
    std::ranges::sort(deleted);
    deleted.erase(std::ranges::unique(deleted).begin(), deleted.end());
    return deleted;
  }

  Result<void> push_once() {
    SLIPWAY_ASSIGN_WITHIN(const RemoteState remote, fmt::format("read {}", repo_.full()),
                          read_remote(client_, repo_, options_.revision));
    SLIPWAY_TRY(refuse_other_visibility(repo_, remote, options_.make_private));
    std::ranges::copy(remote.warnings, std::back_inserter(result_.warnings));
    result_.deleted = deletions(remote);
    result_.commit = remote.head;
    if (options_.dry_run) return {};
    Shipment shipment{
        .repo = repo_,
        .revision = options_.revision,
        .files = plan_.files,
        .deleted = result_.deleted,
        .message = options_.commit_message,
        .make_private = options_.make_private,
        .manifest = remote.manifest ? Shipment::ManifestWrite::kRenew : Shipment::ManifestWrite::kNone,
        .create_pr = options_.create_pr,
        .allow_several = options_.allow_several,
        .limits = options_.limits,
        .jobs = options_.jobs};
    for (const auto& [path, digest] : digests_) shipment.digests[path] = digest.digests;
    return ship_and_tell(world_, client_, shipment, remote, observer_, result_);
  }

  os::World& world_;
  hub::Client& client_;
  const PushOptions& options_;
  Observer& observer_;
  hub::wire::RepoId repo_{};
  run::RunFacts facts_{};
  release::Plan plan_{};
  std::map<std::string, FileDigest> digests_{};
  PublishResult result_{};
};

}  // namespace

bool stays_home(std::string_view path) {
  const bool hidden = any_part(path, [](std::string_view part) {
    return part == ".git" || part == ".cache" || part.starts_with(".slipway") || part == ".env";
  });
  return hidden || release::is_training_state(path);
}

Result<PublishResult> push_folder(os::World& world, hub::Client& client, const PushOptions& options,
                                  Observer& observer) {
  return FolderPush(world, client, options, observer).run();
}

}  // namespace slipway::flow
