#include "flow/own_pull_request.h"

#include <algorithm>

#include <fmt/format.h>

#include "flow/remote.h"

namespace slipway::flow {
namespace {

bool is_against_default(const hub::wire::PullRequest& one) {
  return one.base.empty() || one.base == kDefaultBranch ||
         one.base == fmt::format("refs/heads/{}", kDefaultBranch);
}

Result<bool> stands_on(hub::Client& client, const OwnPullRequest& wanted, std::uint64_t number) {
  SLIPWAY_ASSIGN(const auto history,
                 client.history(wanted.repo, hub::wire::pull_request_ref(number), wanted.commits_max));
  return std::ranges::any_of(history, [&](const auto& commit) { return commit.id == wanted.head; });
}

}  // namespace

bool is_refusal(const Error& error) {
  const int status = error.http_status;
  return status == 403 || status == 404 || status == 405 || status == 501;
}

Result<std::optional<std::uint64_t>> find_own_pull_request(hub::Client& client, const OwnPullRequest& wanted,
                                                           Observer& observer) {
  const auto account = client.whoami();
  if (!account && is_refusal(account.error())) return std::nullopt;  // nothing can be known to be ours
  if (!account) return std::unexpected(account.error());
  SLIPWAY_ASSIGN(const auto open, client.open_pull_requests(wanted.repo, account->name));
  for (const hub::wire::PullRequest& one : open) {
    if (one.title != wanted.title) continue;
    SLIPWAY_ASSIGN(const hub::wire::PullRequest whole, client.pull_request(wanted.repo, one.number));
    const bool ours = !whole.author.empty() && whole.author == account->name && is_against_default(whole) &&
                      whole.description.find(wanted.mark) != std::string::npos;
    if (!ours) continue;
    SLIPWAY_ASSIGN(const bool current, stands_on(client, wanted, one.number));
    if (current) return one.number;
    observer.event(fmt::format(
        "pull request {} of an earlier run stands on another head of {} than {}: it is left as it "
        "is, for you to close",
        one.number, kDefaultBranch, wanted.head.substr(0, 7)));
  }
  return std::nullopt;
}

}  // namespace slipway::flow
