#include "flow/remote.h"

#include <algorithm>

#include <fmt/format.h>

namespace slipway::flow {
namespace {

constexpr std::size_t kHistoryMax = 1000;

std::string_view visibility_name(bool is_private) { return is_private ? "private" : "public"; }

// A manifest made on a commit that the branch does not contain speaks of another history.
Result<bool> is_ancestor(hub::Client& client, const hub::wire::RepoId& repo, const std::string& head,
                         const std::string& commit) {
  if (commit.empty()) return true;
  SLIPWAY_ASSIGN(const auto history, client.history(repo, head, kHistoryMax));
  return std::ranges::any_of(history, [&](const auto& row) { return row.id == commit; });
}

model::Warning untrusted(const hub::wire::RepoId& repo, std::string_view why) {
  return {.code = "manifest-untrusted",
          .message = fmt::format("{} of {} is not taken at its word ({}): nothing is deleted because of it",
                                 release::kManifestName, repo.full(), why)};
}

// Leaves `remote.manifest` empty, with a warning, where there is one that cannot be trusted.
Result<void> read_manifest(hub::Client& client, const hub::wire::RepoId& repo, RemoteState& remote) {
  const auto there = std::ranges::find(remote.files, release::kManifestName, &hub::RemoteFile::path);
  if (there == remote.files.end()) return {};
  const auto doubt = [&](std::string_view why) { remote.warnings.push_back(untrusted(repo, why)); };
  if (there->size > release::kManifestBytesMax) {
    doubt(fmt::format("it has {} bytes", there->size));
    return {};
  }
  SLIPWAY_ASSIGN(const auto text,
                 client.fetch_text(repo, remote.head, release::kManifestName, release::kManifestBytesMax));
  if (!text) return {};
  auto manifest = release::parse_manifest(*text);
  if (!manifest) {
    if (manifest.error().code == ErrorCode::kUnsupported) return std::unexpected(std::move(manifest).error());
    doubt(describe(manifest.error()));
    return {};
  }
  SLIPWAY_ASSIGN(const bool trusted, is_ancestor(client, repo, remote.head, manifest->commit));
  if (trusted)
    remote.manifest = std::move(*manifest);
  else
    doubt(fmt::format("it was made on commit {}, which is not in the branch's history", manifest->commit));
  return {};
}

}  // namespace

Result<RemoteState> read_remote(hub::Client& client, const hub::wire::RepoId& repo,
                                const std::string& revision) {
  RemoteState remote;
  SLIPWAY_ASSIGN(auto info, client.repo_info(repo, revision));
  remote.branch_exists = info.has_value();
  if (!info && revision != kDefaultBranch) {
    SLIPWAY_ASSIGN(info, client.repo_info(repo, kDefaultBranch));
  }
  if (!info) {
    SLIPWAY_ASSIGN(remote.repo_exists, client.repo_exists(repo));
    return remote;
  }
  remote.repo_exists = true;
  remote.is_private = info->is_private;
  remote.head = info->sha;
  SLIPWAY_ASSIGN(remote.files, client.tree(repo, remote.head));
  SLIPWAY_TRY(read_manifest(client, repo, remote));
  return remote;
}

Result<void> refuse_other_visibility(const hub::wire::RepoId& repo, const RemoteState& remote,
                                     std::optional<bool> make_private) {
  const bool known = remote.repo_exists && !remote.head.empty();  // else nothing was read of it
  return known ? refuse_other_visibility(repo, remote.is_private, make_private) : Result<void>();
}

Result<void> refuse_other_visibility(const hub::wire::RepoId& repo, bool is_private,
                                     std::optional<bool> make_private) {
  if (!make_private || *make_private == is_private) return {};
  return fail(
      ErrorCode::kRefused,
      fmt::format(
          "{} exists and is {}; change that with `slipway repo settings {} --{}`, or leave out what asks for "
          "another (--private, --public, hub_private_repo)",
          repo.full(), visibility_name(is_private), repo.full(), visibility_name(*make_private)));
}

Result<std::string> head_of(hub::Client& client, const hub::wire::RepoId& repo, std::string_view revision) {
  SLIPWAY_ASSIGN(auto info, client.repo_info(repo, revision));
  if (info) return std::move(info->sha);
  return fail(
      ErrorCode::kProtocol,
      fmt::format("{} was made, but the Hub does not know its branch {}; try again", repo.full(), revision));
}

std::vector<std::string> changed_paths(const std::vector<hub::RemoteFile>& remote,
                                       const std::map<std::string, Digests>& digests) {
  std::map<std::string_view, const hub::RemoteFile*> there;
  for (const hub::RemoteFile& file : remote) there[file.path] = &file;
  std::vector<std::string> changed;
  for (const auto& [path, ours] : digests) {
    const auto at = there.find(path);
    if (at == there.end() || !hub::same_bytes(*at->second, ours)) changed.push_back(path);
  }
  return changed;
}

}  // namespace slipway::flow
