#include "flow/land.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "flow/commit_surely.h"
#include "flow/remote.h"

namespace slipway::flow {
namespace {

class Lander {
 public:
  Lander(os::World& world, hub::Client& client, const Landing& landing, Observer& observer)
      : world_(world), client_(client), landing_(landing), observer_(observer) {}

  Result<Landed> run() {
    const std::vector<Batch> batches = cut_into_batches(landing_.all, landing_.limits);
    if (landing_.create_pr) return as_pull_request();
    if (batches.size() == 1) return in_turn(landing_.revision, landing_.head, batches);
    auto merged = landing_.revision == kDefaultBranch ? merged_once() : no_pull_request();
    const bool impossible = !merged && merged.error().code == ErrorCode::kUnsupported;
    if (!impossible || !landing_.allow_several) return merged;
    return in_turn(landing_.revision, landing_.head, batches);
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

  // Commits one batch after the other to `ref`, from `parent` on.
  Result<Landed> in_turn(const std::string& ref, std::string parent, const std::vector<Batch>& batches) {
    Landed landed;
    for (std::size_t i = 0; i < batches.size(); ++i) {
      observer_.phase(
          batches.size() == 1 ? "Committing" : fmt::format("Committing {} of {}", i + 1, batches.size()), 0);
      SLIPWAY_ASSIGN(const auto request, request_of(batches, i, parent, landed));
      SLIPWAY_ASSIGN(const hub::wire::CommitAnswer answer,
                     commit_surely(world_, client_, landing_.repo, ref, request, landing_.plan));
      landed.commit = parent = answer.commit_oid;
      landed.url = answer.commit_url;
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

  // A draft, or a pull request that an interrupted run of the same plan left open.
  Result<std::uint64_t> find_or_open() {
    SLIPWAY_ASSIGN(const auto open, client_.open_pull_requests(landing_.repo));
    const std::string mark = plan_mark(landing_.plan);
    for (const hub::wire::PullRequest& one : open) {
      if (one.title != landing_.message) continue;
      SLIPWAY_ASSIGN(const hub::wire::PullRequest whole, client_.pull_request(landing_.repo, one.number));
      if (whole.description.find(mark) != std::string::npos) return one.number;
    }
    return client_.open_pull_request(landing_.repo, landing_.message, mark);
  }

  // Brings the pull request's ref to where the release wants it; gives its head.
  Result<Landed> fill(std::uint64_t number) {
    const std::string ref = hub::wire::pull_request_ref(number);
    SLIPWAY_ASSIGN(const std::string head, head_of(client_, landing_.repo, ref));
    SLIPWAY_ASSIGN(const auto tree, client_.tree(landing_.repo, head));
    const Batch missing = still_missing(tree);
    Landed landed{.commit = head, .changed = false};
    if (missing.entries() == 0) return landed;
    return in_turn(ref, head, cut_into_batches(missing, landing_.limits));
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
    SLIPWAY_ASSIGN(const std::uint64_t number, find_or_open());
    SLIPWAY_ASSIGN(Landed landed, fill(number));
    SLIPWAY_TRY(client_.open_draft(landing_.repo, number));
    landed.pull_request = number;
    landed.url =
        fmt::format("{}/{}/discussions/{}", client_.options().endpoint, landing_.repo.full(), number);
    return landed;
  }

  // Commits on a pull request's ref, merged once. kUnsupported when the Hub has no pull requests for us.
  Result<Landed> merged_once() {
    auto number = find_or_open();
    if (!number && is_refusal(number.error())) {
      return fail(
          ErrorCode::kUnsupported,
          fmt::format(
              "the release needs several commits, and {} opens no pull request to join them ({}); say "
              "--allow-several-commits to make them on {}",
              landing_.repo.full(), number.error().message, landing_.revision));
    }
    if (!number) return std::unexpected(std::move(number).error());
    SLIPWAY_ASSIGN(Landed landed, fill(*number));
    SLIPWAY_ASSIGN(const std::string head, head_of(client_, landing_.repo, landing_.revision));
    if (head != landing_.head) {
      return fail(ErrorCode::kConflict,
                  fmt::format("{} moved from {} to {} since the plan was made: run again, or with --replan",
                              landing_.revision, landing_.head, head));
    }
    observer_.phase("Merging", 0);
    SLIPWAY_TRY(client_.merge_pull_request(landing_.repo, *number, ""));
    SLIPWAY_ASSIGN(landed.commit, head_of(client_, landing_.repo, landing_.revision));
    landed.url = client_.commit_url(landing_.repo, landed.commit);
    landed.changed = true;
    return landed;
  }

  static bool is_refusal(const Error& error) {
    const int status = error.http_status;
    return status == 403 || status == 404 || status == 405 || status == 501;
  }

  os::World& world_;
  hub::Client& client_;
  const Landing& landing_;
  Observer& observer_;
};

}  // namespace

Result<Landed> land(os::World& world, hub::Client& client, const Landing& landing, Observer& observer) {
  return Lander(world, client, landing, observer).run();
}

}  // namespace slipway::flow
