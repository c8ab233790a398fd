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
  return card::PublishedCard{.sha256 = at->second,
                             .own_sha256 = remote.manifest->card_own_sha256,
                             .merged = remote.manifest->card_merged};
}

Result<std::string> planned_card(const release::Plan& plan) {
  const auto at = std::ranges::find(plan.files, model::kReadmeName, &release::PlannedFile::path);
  if (at == plan.files.end()) return std::string();
  return read_all(*at->content, kCardBytesMax);
}

}  // namespace

Result<RemoteCard> meet_remote_card(hub::Client& client, const hub::wire::RepoId& repo,
                                    const RemoteState& remote, const release::Plan& plan) {
  SLIPWAY_ASSIGN(const std::string ours, planned_card(plan));
  if (ours.empty()) return RemoteCard{};
  RemoteCard met{.own_sha256 = card::own_words_sha256(ours)};
  const hub::RemoteFile* there = find_card(remote);
  if (there == nullptr || there->git_oid == git_blob_sha1(as_bytes(ours))) return met;
  if (there->size > kCardBytesMax) {
    met.warnings.push_back(
        {"card-conflict", fmt::format("README.md on {} has {} bytes, too many to be merged: "
                                      "ours takes its place, it stays in the history",
                                      repo.full(), there->size)});
    return met;
  }
  SLIPWAY_ASSIGN(const auto theirs, client.fetch_text(repo, remote.head, model::kReadmeName, kCardBytesMax));
  if (!theirs) return met;
  SLIPWAY_ASSIGN(card::MergeOutcome merged,
                 card::merge_cards(plan.card_facts, ours, *theirs, published_card(remote)));
  met.merged = merged.merged;
  if (merged.text != ours) met.text = std::move(merged.text);
  if (merged.conflict.empty()) return met;
  met.warnings.push_back(
      {.code = "card-conflict",
       .message = fmt::format(
           "README.md was changed here and on {}: its text there stands, with our parts renewed; take "
           "over into the run's card what is missing of one of them, and publish again",
           repo.full()),
       .detail = std::move(merged.conflict)});
  return met;
}

}  // namespace slipway::flow
