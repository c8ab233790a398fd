#include "flow/land.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "flow/commit_surely.h"
#include "flow/own_pull_request.h"
#include "flow/release_tree.h"
#include "flow/remote.h"

namespace slipway::flow {
namespace {

constexpr std::size_t kOwnCommitsMin = 50;  // of a pull request's history: one page
constexpr std::uint64_t kAttributesBytesMax = 1u << 20;

class Lander {
 public:
  Lander(os::World& world, hub::Client& client, const Landing& landing, Observer& observer)
      : world_(world), client_(client), landing_(landing), observer_(observer) {}

  Result<Landed> run() {
    const std::vector<Batch> batches = cut_into_batches(landing_.all, landing_.limits);
    if (landing_.create_pr) return as_pull_request();
    if (batches.size() == 1) return on_branch(batches);
    auto merged = landing_.revision == kDefaultBranch ? merged_once() : no_pull_request();
    const bool impossible = !merged && merged.error().code == ErrorCode::kUnsupported;
    if (!impossible || !landing_.allow_several) return merged;
    return on_branch(batches);
  }

 private:
  Result<Landed> no_pull_request() const {
    return fail(
        ErrorCode::kUnsupported,
        fmt::format(
            "{} files and {} deletions are too much for one commit, and several can become one change "
            "only on main, by a pull request; publish to main, or say --allow-several-commits",
            landing_.all.entries() - landing_.all.deleted.size(), landing_.all.deleted.size()));
  }

  Result<Landed> on_branch(const std::vector<Batch>& batches) {
    SLIPWAY_ASSIGN(Landed landed, in_turn(landing_.revision, landing_.head, batches));
    if (!looked_up_) return landed;
    // A commit that was found by its plan, not answered for: it must hold what ours holds, and nothing else.
    SLIPWAY_ASSIGN(const auto tree, client_.tree(landing_.repo, landed.commit));
    SLIPWAY_ASSIGN(const auto wrong, difference(landed.commit, tree));
    if (!wrong) return landed;
    return fail(ErrorCode::kConflict,
                fmt::format("{} moved to {} since the plan was made, and {} there is not what this release "
                            "brings: run again, or with --replan",
                            landing_.revision, landed.commit, *wrong));
  }

  // Commits one batch after the other to `ref`, from `parent` on.
  Result<Landed> in_turn(const std::string& ref, std::string parent, const std::vector<Batch>& batches) {
    Landed landed;
    for (std::size_t i = 0; i < batches.size(); ++i) {
      observer_.phase(
          batches.size() == 1 ? "Committing" : fmt::format("Committing {} of {}", i + 1, batches.size()), 0);
      SLIPWAY_ASSIGN(const auto request, request_of(batches, i, parent, landed));
      SLIPWAY_ASSIGN(const SureCommit made,
                     commit_surely(world_, client_, landing_.repo, ref, request, landing_.plan));
      landed.commit = parent = made.commit;
      landed.url = made.url;
      looked_up_ = looked_up_ || made.looked_up;
    }
    return landed;
  }

  Result<hub::wire::CommitRequest> request_of(const std::vector<Batch>& batches, std::size_t i,
                                              const std::string& parent, Landed& landed) const {
    const Batch& batch = batches[i];
    hub::wire::CommitRequest request{.summary = landing_.message, .parent_commit = parent};
    if (batches.size() > 1) request.summary += fmt::format(" (part {} of {})", i + 1, batches.size());
    for (const release::PlannedFile* file : batch.regular) {
      SLIPWAY_ASSIGN(std::string text, read_all(*file->content, landing_.limits.inline_bytes_max));
      landed.sent_bytes += text.size();
      request.files.push_back({.path = file->path, .content = std::move(text)});
    }
    for (const release::PlannedFile* file : batch.large)
      request.lfs_files.push_back(
          {.path = file->path, .oid = landing_.digests.at(file->path).sha256, .size = file->size});
    request.deleted_files = batch.deleted;
    if (i + 1 == batches.size() && landing_.manifest) request.files.push_back(*landing_.manifest);
    return request;
  }

  struct Pull {
    std::uint64_t number = 0;
    bool fresh = false;  // a draft that was opened now
  };

  // A draft, or the pull request that an interrupted run of the same plan left open.
  Result<Pull> find_or_open() {
    const std::string mark = plan_mark(landing_.plan);
    const std::size_t batches = cut_into_batches(landing_.all, landing_.limits).size();
    const OwnPullRequest wanted{.repo = landing_.repo,
                                .title = landing_.message,
                                .mark = mark,
                                .head = landing_.head,
                                .commits_max = std::max(kOwnCommitsMin, 2 * batches)};
    SLIPWAY_ASSIGN(const auto ours, find_own_pull_request(client_, wanted, observer_));
    if (ours) return Pull{*ours};
    SLIPWAY_ASSIGN(const std::uint64_t number,
                   client_.open_pull_request(landing_.repo, landing_.message, mark));
    return Pull{number, true};
  }

  // Brings the pull request's ref to where the release wants it; gives its head, which holds the release and
  // nothing else.
  Result<Landed> fill(const Pull& pull) {
    const std::string ref = hub::wire::pull_request_ref(pull.number);
    SLIPWAY_ASSIGN(const std::string head, head_of(client_, landing_.repo, ref));
    if (pull.fresh && head != landing_.head) return std::unexpected(moved_to(head));
    SLIPWAY_ASSIGN(const RemoteFiles* before, head_files());
    RemoteFiles tree = *before;
    if (head != landing_.head) {
      SLIPWAY_ASSIGN(tree, client_.tree(landing_.repo, head));
      SLIPWAY_ASSIGN(const auto foreign, foreign_to_us(head, tree));
      if (foreign) return std::unexpected(written_by_another(pull, *foreign));
    }
    const Batch missing = still_missing(tree);
    Landed landed{.commit = head, .changed = false};
    if (missing.entries() == 0 && holds_manifest(tree)) return landed;
    SLIPWAY_ASSIGN(landed, in_turn(ref, head, cut_into_batches(missing, landing_.limits)));
    SLIPWAY_ASSIGN(tree, client_.tree(landing_.repo, landed.commit));
    SLIPWAY_ASSIGN(const auto wrong, difference(landed.commit, tree));
    if (wrong) return std::unexpected(written_by_another(pull, *wrong));
    return landed;
  }

  Error moved_to(const std::string& head) const {
    return {
        .code = ErrorCode::kConflict,
        .message = fmt::format("{} moved from {} to {} since the plan was made: run again, or with --replan",
                               landing_.revision, landing_.head, head)};
  }

  Error written_by_another(const Pull& pull, const std::string& path) const {
    return {.code = ErrorCode::kRefused,
            .message = fmt::format(
                "somebody else wrote to pull request {} of {}: {} there is neither of this "
                "release nor of {} as it was planned on; look at {}, close it, and run again",
                pull.number, landing_.repo.full(), path, landing_.revision, page_of(pull.number))};
  }

  std::string page_of(std::uint64_t number) const {
    return fmt::format("{}/{}/discussions/{}", client_.options().endpoint, landing_.repo.full(), number);
  }

  Result<const RemoteFiles*> head_files() {
    if (landing_.head_files != nullptr) return landing_.head_files;
    if (!read_files_) {
      SLIPWAY_ASSIGN(read_files_, client_.tree(landing_.repo, landing_.head));
    }
    return &*read_files_;
  }

  // The first path in which `commit` is neither as the head that was planned on nor as we want it.
  Result<std::optional<std::string>> foreign_to_us(const std::string& commit, const RemoteFiles& tree) {
    SLIPWAY_ASSIGN(const RemoteFiles* before, head_files());
    const ReleaseTree release{
        .head = *before,
        .digests = landing_.digests,
        .deleted = landing_.all.deleted,
        .rewritten = landing_.manifest ? std::string_view(landing_.manifest->path) : std::string_view()};
    if (auto path = foreign_path(release, tree)) return path;
    const std::string attributes(kAttributesName);
    if (landing_.digests.contains(attributes)) return std::nullopt;
    const hub::RemoteFile* first = find_file(*before, attributes);
    const hub::RemoteFile* now = find_file(tree, attributes);
    if (same_file(first, now)) return std::nullopt;
    SLIPWAY_ASSIGN(const auto old_text, text_of(landing_.head, first));
    SLIPWAY_ASSIGN(const auto new_text, text_of(commit, now));
    if (only_large_files_added(old_text, new_text)) return std::nullopt;
    return attributes;
  }

  Result<std::string> text_of(const std::string& commit, const hub::RemoteFile* file) {
    if (file == nullptr) return std::string();
    SLIPWAY_ASSIGN(auto text, client_.fetch_text(landing_.repo, commit, file->path, kAttributesBytesMax));
    return std::move(text).value_or("");
  }

  // The first path in which `commit` is not the head that was planned on with exactly our changes.
  Result<std::optional<std::string>> difference(const std::string& commit, const RemoteFiles& tree) {
    SLIPWAY_ASSIGN(auto foreign, foreign_to_us(commit, tree));
    if (foreign) return foreign;
    const Batch missing = still_missing(tree);
    if (!missing.large.empty()) return missing.large.front()->path;
    if (!missing.regular.empty()) return missing.regular.front()->path;
    if (!missing.deleted.empty()) return missing.deleted.front();
    if (!holds_manifest(tree)) return landing_.manifest->path;
    return std::nullopt;
  }

  bool holds_manifest(const RemoteFiles& tree) const {
    if (!landing_.manifest) return true;
    const hub::wire::CommitFile& manifest = *landing_.manifest;
    return changed_paths(tree, {{manifest.path, digest_text(manifest.content)}}).empty();
  }

  Batch still_missing(const std::vector<hub::RemoteFile>& tree) const {
    const std::vector<std::string> changed = changed_paths(tree, landing_.digests);
    std::set<std::string_view> there;
    for (const hub::RemoteFile& file : tree) there.insert(file.path);
    const auto holds = [&](const release::PlannedFile* file) {
      return !std::ranges::binary_search(changed, file->path);
    };
    Batch missing = landing_.all;
    std::erase_if(missing.large, holds);
    std::erase_if(missing.regular, holds);
    std::erase_if(missing.deleted, [&](const std::string& path) { return !there.contains(path); });
    return missing;
  }

  Result<Landed> as_pull_request() {
    SLIPWAY_ASSIGN(const Pull pull, find_or_open());
    SLIPWAY_ASSIGN(Landed landed, fill(pull));
    SLIPWAY_TRY(client_.open_draft(landing_.repo, pull.number));
    landed.pull_request = pull.number;
    landed.url = page_of(pull.number);
    return landed;
  }

  // Commits on a pull request's ref, merged once. kUnsupported when the Hub has no pull requests for us.
  Result<Landed> merged_once() {
    auto pull = find_or_open();
    if (!pull && is_refusal(pull.error())) {
      return fail(
          ErrorCode::kUnsupported,
          fmt::format(
              "the release needs several commits, and {} opens no pull request to join them ({}); say "
              "--allow-several-commits to make them on {}",
              landing_.repo.full(), pull.error().message, landing_.revision));
    }
    if (!pull) return std::unexpected(std::move(pull).error());
    SLIPWAY_ASSIGN(Landed landed, fill(*pull));
    SLIPWAY_TRY(check_heads(*pull, landed.commit));
    observer_.phase("Merging", 0);
    SLIPWAY_TRY(client_.merge_pull_request(landing_.repo, pull->number, ""));
    SLIPWAY_ASSIGN(landed.commit, head_of(client_, landing_.repo, landing_.revision));
    landed.url = client_.commit_url(landing_.repo, landed.commit);
    landed.changed = true;
    return landed;
  }

  // A merge takes what is there when it is done: what was looked at must be it.
  Result<void> check_heads(const Pull& pull, const std::string& commit) {
    SLIPWAY_ASSIGN(const std::string branch, head_of(client_, landing_.repo, landing_.revision));
    if (branch != landing_.head) return std::unexpected(moved_to(branch));
    SLIPWAY_ASSIGN(const std::string now,
                   head_of(client_, landing_.repo, hub::wire::pull_request_ref(pull.number)));
    if (now == commit) return {};
    return std::unexpected(written_by_another(pull, fmt::format("commit {}", now)));
  }

  os::World& world_;
  hub::Client& client_;
  const Landing& landing_;
  Observer& observer_;
  std::optional<RemoteFiles> read_files_{};
  bool looked_up_ = false;  // a commit of ours was found in the history
};

}  // namespace

Result<Landed> land(os::World& world, hub::Client& client, const Landing& landing, Observer& observer) {
  return Lander(world, client, landing, observer).run();
}

}  // namespace slipway::flow
