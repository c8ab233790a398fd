#include "flow/commit_surely.h"

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

// Our commit between the branch's head and `parent`, if it is there.
Result<std::optional<hub::wire::CommitAnswer>> look_for(hub::Client& client, const hub::wire::RepoId& repo,
                                                        const std::string& revision,
                                                        const std::string& parent, const std::string& mark) {
  SLIPWAY_ASSIGN(const auto history, client.history(repo, revision, kHistoryMax));
  for (const hub::wire::CommitInfo& commit : history) {
    if (commit.id == parent) break;
    if (commit.message.find(mark) == std::string::npos) continue;
    return hub::wire::CommitAnswer{.commit_oid = commit.id, .commit_url = client.commit_url(repo, commit.id)};
  }
  return std::nullopt;
}

}  // namespace

std::string plan_mark(std::string_view plan) { return fmt::format("Slipway-Plan: {}", plan); }

Result<hub::wire::CommitAnswer> commit_surely(os::World& world, hub::Client& client,
                                              const hub::wire::RepoId& repo, const std::string& revision,
                                              hub::wire::CommitRequest request, const std::string& plan) {
  const std::string mark = plan_mark(plan);
  request.description =
      request.description.empty() ? mark : fmt::format("{}\n\n{}", request.description, mark);
  os::Millis waited{0};
  for (int attempt = 1;; ++attempt) {
    auto answer = client.commit(repo, revision, request);
    // A branch that moved was perhaps moved by this very request, sent twice on the way.
    const bool moved = !answer && answer.error().code == ErrorCode::kConflict;
    if (answer || (!leaves_doubt(answer.error()) && !moved)) return answer;
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
    if (!next.wait) return answer;
  }
}

}  // namespace slipway::flow
