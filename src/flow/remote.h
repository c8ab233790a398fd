// flow/remote.h - what a repository holds now, and how that differs from what we want it to hold.
//
// Contract   Read requests only.
// Threads    one thread
// Errors     as hub/client.h
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "hub/client.h"
#include "release/release.h"
#include "slipway/content.h"

namespace slipway::flow {

inline constexpr std::string_view kDefaultBranch = "main";

struct RemoteState {
  bool repo_exists = false;
  bool branch_exists = false;  // false: it will start at the default branch's head, described here
  bool is_private = true;
  std::string head{};  // commit, "" without a repository
  std::vector<hub::RemoteFile> files{};
  std::optional<release::Manifest> manifest{};  // only when its parent is in the branch's history
  std::vector<model::Warning> warnings{};       // of a manifest that is there and not trusted
};

Result<RemoteState> read_remote(hub::Client& client, const hub::wire::RepoId& repo,
                                const std::string& revision);

// kRefused when the repository is there and not as `make_private` wants it.
Result<void> refuse_other_visibility(const hub::wire::RepoId& repo, const RemoteState& remote,
                                     std::optional<bool> make_private);
Result<void> refuse_other_visibility(const hub::wire::RepoId& repo, bool is_private,
                                     std::optional<bool> make_private);

// The commit of something that was just made; kProtocol when the Hub does not know it.
Result<std::string> head_of(hub::Client& client, const hub::wire::RepoId& repo, std::string_view revision);

// Paths of `digests` that the remote lacks or holds otherwise, sorted.
std::vector<std::string> changed_paths(const std::vector<hub::RemoteFile>& remote,
                                       const std::map<std::string, Digests>& digests);

}  // namespace slipway::flow
