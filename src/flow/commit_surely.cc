#include "flow/commit_surely.h"

#include <algorithm>

#include <fmt/format.h>

#include "hub/retry.h"

namespace slipway::flow {
namespace {

constexpr std::size_t kHistoryMax = 50;

// Whether the commit may have been made although no good answer came.
bool leaves_doubt(const Error& error) {
  return error.code == ErrorCode::kNetwork || error.code == ErrorCode::kUnavailable ||
         error.code == ErrorCode::kProtocol;
}

// Our commit: the one right on `parent`, as we asked for it, if it bears our mark.
Result<std::optional<SureCommit>> look_for(hub::Client& client, const hub::wire::RepoId& repo,
                                           const std::string& revision, const std::string& parent,
                                           const std::string& mark) {
  SLIPWAY_ASSIGN(const auto history, client.history(repo, revision, kHistoryMax));
  const auto at = std::ranges::find(history, parent, &hub::wire::CommitInfo::id);
  if (at == history.end() || at == history.begin()) return std::nullopt;
  const hub::wire::CommitInfo& commit = *std::prev(at);
  if (commit.message.find(mark) == std::string::npos) return std::nullopt;
  return SureCommit{.commit = commit.id, .url = client.commit_url(repo, commit.id), .looked_up = true};
}

}  // namespace

std::string plan_mark(std::string_view plan) { return fmt::format("Slipway-Plan: {}", plan); }

Result<SureCommit> commit_surely(os::World& world, hub::Client& client, const hub::wire::RepoId& repo,
                                 const std::string& revision, hub::wire::CommitRequest request,
                                 const std::string& plan) {
  const std::string mark = plan_mark(plan);
  request.description =
      request.description.empty() ? mark : fmt::format("{}\n\n{}", request.description, mark);
  os::Millis waited{0};
  for (int attempt = 1;; ++attempt) {
    auto answer = client.commit(repo, revision, request);
    // A branch that moved was perhaps moved by this very request, sent twice on the way.
    const bool moved = !answer && answer.error().code == ErrorCode::kConflict;
    if (answer) return SureCommit{.commit = answer->commit_oid, .url = answer->commit_url};
    if (!leaves_doubt(answer.error()) && !moved) return std::unexpected(std::move(answer).error());
    // Every attempt is looked up before the next, so that this write is as safe to repeat as a read.
    const auto next = hub::decide(client.options().retry, hub::CallKind::kIdempotentWrite,
                                  hub::failure_of(answer.error()), attempt, waited, world.dice.fraction());
    if (next.wait) world.executor.sleep(*next.wait);
    waited += next.wait.value_or(os::Millis(0));
    if (world.executor.interrupted()) {
      return fail(ErrorCode::kInterrupted, "stopped while committing; run again: it is looked up first");
    }
    auto found = look_for(client, repo, revision, request.parent_commit.value_or(""), mark);
    if (found && *found) return **found;
    if (!next.wait) return std::unexpected(std::move(answer).error());
  }
}

}  // namespace slipway::flow
