#include "flow/remote.h"

#include <algorithm>

#include <fmt/format.h>

namespace slipway::flow {
namespace {

constexpr std::string_view kDefaultBranch = "main";
constexpr std::size_t kHistoryMax = 1000;
constexpr std::uint64_t kManifestBytesMax = 16u << 20;

Result<std::vector<release::RemoteFile>> read_tree(hub::Client& client, const hub::wire::RepoId& repo,
                                                   const std::string& commit) {
  SLIPWAY_ASSIGN(const auto tree, client.tree(repo, commit));
  std::vector<release::RemoteFile> files;
  for (const hub::RemoteFile& file : tree) files.push_back({file.path, file.size, file.git_oid, file.sha256});
  return files;
}

// A manifest made on a commit that the branch does not contain speaks of another history.
Result<bool> is_ancestor(hub::Client& client, const hub::wire::RepoId& repo, const std::string& head,
                         const std::string& commit) {
  if (commit.empty()) return true;
  SLIPWAY_ASSIGN(const auto history, client.history(repo, head, kHistoryMax));
  return std::ranges::any_of(history, [&](const auto& row) { return row.id == commit; });
}

Result<std::optional<release::Manifest>> read_manifest(hub::Client& client, const hub::wire::RepoId& repo,
                                                       const RemoteState& remote) {
  const bool there =
      std::ranges::any_of(remote.files, [](const auto& file) { return file.path == release::kManifestName; });
  if (!there) return std::nullopt;
  SLIPWAY_ASSIGN(const auto text,
                 client.fetch_text(repo, remote.head, release::kManifestName, kManifestBytesMax));
  if (!text) return std::nullopt;
  auto manifest = release::parse_manifest(*text);
  if (!manifest) {
    if (manifest.error().code == ErrorCode::kUnsupported) return std::unexpected(std::move(manifest).error());
    return std::nullopt;  // damaged: nothing is deleted on its word
  }
  SLIPWAY_ASSIGN(const bool trusted, is_ancestor(client, repo, remote.head, manifest->commit));
  if (!trusted) return std::nullopt;
  // A file that somebody replaced since is not ours to delete.
  for (const release::RemoteFile& file : remote.files) {
    const auto at = manifest->files.find(file.path);
    if (at != manifest->files.end() && file.sha256 && *file.sha256 != at->second) manifest->files.erase(at);
  }
  return std::optional(std::move(*manifest));
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
  SLIPWAY_ASSIGN(remote.files, read_tree(client, repo, remote.head));
  SLIPWAY_ASSIGN(remote.manifest, read_manifest(client, repo, remote));
  return remote;
}

bool same_bytes(const release::RemoteFile& remote, const Digests& ours) {
  if (remote.sha256) return *remote.sha256 == ours.sha256;
  return !ours.git_blob_sha1.empty() && remote.git_oid == ours.git_blob_sha1;
}

std::vector<std::string> changed_paths(const RemoteState& remote,
                                       const std::map<std::string, Digests>& digests) {
  std::map<std::string_view, const release::RemoteFile*> there;
  for (const release::RemoteFile& file : remote.files) there[file.path] = &file;
  std::vector<std::string> changed;
  for (const auto& [path, ours] : digests) {
    const auto at = there.find(path);
    if (at == there.end() || !same_bytes(*at->second, ours)) changed.push_back(path);
  }
  return changed;
}

}  // namespace slipway::flow
