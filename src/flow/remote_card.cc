#include "flow/remote_card.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/hash.h"
#include "card/merge.h"
#include "model/metadata.h"

namespace slipway::flow {
namespace {

constexpr std::uint64_t kCardBytesMax = 1u << 20;

const hub::RemoteFile* find_card(const RemoteState& remote) {
  const auto at = std::ranges::find(remote.files, model::kReadmeName, &hub::RemoteFile::path);
  return at == remote.files.end() ? nullptr : &*at;
}

std::optional<card::PublishedCard> published_card(const RemoteState& remote) {
  if (!remote.manifest) return std::nullopt;
  const auto at = remote.manifest->files.find(std::string(model::kReadmeName));
  if (at == remote.manifest->files.end()) return std::nullopt;
  return card::PublishedCard{.sha256 = at->second.sha256,
                             .own_sha256 = remote.manifest->card_own_sha256,
                             .merged = remote.manifest->card_merged};
}

model::Warning not_joined(std::string_view repo, std::string_view why) {
  return {.code = "card-conflict",
          .message = fmt::format("README.md of {} is replaced by the run's without being joined with it: {}; "
                                 "the history there keeps its text",
                                 repo, why)};
}

std::string too_large(std::string_view whose) {
  return fmt::format("{} is larger than {} bytes", whose, kCardBytesMax);
}

// Not a refusal of the Hub, which would meet the weights as well.
bool came_too_large(const Error& error) {
  return error.http_status == 0 && (error.code == ErrorCode::kRefused || error.code == ErrorCode::kProtocol);
}

void describe_merge(std::string_view repo, const card::MergeOutcome& merged,
                    std::vector<model::Warning>& warnings) {
  if (!merged.broken_front.empty()) {
    warnings.push_back({.code = "front-matter-broken",
                        .message = fmt::format("README.md of {}: its front matter is made anew, for the old "
                                               "one cannot be read: {}",
                                               repo, merged.broken_front)});
  }
  if (!merged.refusal.empty()) {
    warnings.push_back({.code = "card-conflict",
                        .message = fmt::format("README.md of {} is replaced by the run's, for the two cannot "
                                               "be joined: {}; the history there keeps its text",
                                               repo, merged.refusal),
                        .detail = merged.conflict});
  } else if (!merged.conflict.empty()) {
    warnings.push_back(
        {.code = "card-conflict",
         .message = fmt::format(
             "README.md was changed here and on {}: its text there stands, with our parts renewed; take "
             "over into the run's card what is missing of one of them, and publish again",
             repo),
         .detail = merged.conflict});
  }
}

Result<void> join_cards(hub::Client& client, const hub::wire::RepoId& repo, const RemoteState& remote,
                        const release::Plan& plan, const std::string& ours, RemoteCard& met) {
  const auto theirs = client.fetch_text(repo, remote.head, model::kReadmeName, kCardBytesMax);
  if (!theirs && came_too_large(theirs.error())) {
    met.warnings.push_back(not_joined(repo.full(), theirs.error().message));
    return {};
  }
  if (!theirs) return std::unexpected(theirs.error());
  if (!*theirs) return {};
  card::MergeOutcome merged = card::merge_cards(plan.card_facts, ours, **theirs, published_card(remote));
  describe_merge(repo.full(), merged, met.warnings);
  met.merged = merged.merged;
  if (merged.text != ours) met.text = std::move(merged.text);
  return {};
}

}  // namespace

Result<RemoteCard> meet_remote_card(hub::Client& client, const hub::wire::RepoId& repo,
                                    const RemoteState& remote, const release::Plan& plan,
                                    const std::map<std::string, FileDigest>& digests) {
  const auto planned = std::ranges::find(plan.files, model::kReadmeName, &release::PlannedFile::path);
  if (planned == plan.files.end()) return RemoteCard{};
  const hub::RemoteFile* there = find_card(remote);
  const bool differs = there != nullptr && !hub::same_bytes(*there, digests.at(planned->path).digests);
  RemoteCard met;
  if (planned->size > kCardBytesMax) {
    if (differs) met.warnings.push_back(not_joined(repo.full(), too_large("the run's")));
    return met;
  }
  SLIPWAY_ASSIGN(const std::string ours, read_all(*planned->content, kCardBytesMax));
  met.own_sha256 = card::own_words_sha256(ours);
  if (differs && there->size > kCardBytesMax)
    met.warnings.push_back(not_joined(repo.full(), too_large("it")));
  else if (differs)
    SLIPWAY_TRY(join_cards(client, repo, remote, plan, ours, met));
  return met;
}

}  // namespace slipway::flow
