// flow/release_tree.h - what a tree holds that is no part of a release on the head it was planned on.
//
// Contract   Pure. A tree on the way from that head to the release holds each path as the head has it or as
//            the release has it. .gitattributes stands apart: a Hub adds lines to it for large files.
// Threads    value
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hub/remote_file.h"
#include "slipway/content.h"

namespace slipway::flow {

using RemoteFiles = std::vector<hub::RemoteFile>;

inline constexpr std::string_view kAttributesName = ".gitattributes";

struct ReleaseTree {
  const RemoteFiles& head;                        // of the commit that the plan was made on
  const std::map<std::string, Digests>& digests;  // of every file of the release
  const std::vector<std::string>& deleted;
  std::string_view rewritten{};  // a path that is written anew whatever stands there: the manifest
};

// The first path that is neither the head's nor the release's, or that is lost; .gitattributes never is.
std::optional<std::string> foreign_path(const ReleaseTree& release, const RemoteFiles& tree);

const hub::RemoteFile* find_file(const RemoteFiles& files, std::string_view path);
bool same_file(const hub::RemoteFile* a, const hub::RemoteFile* b);  // also when neither is there

// Whether all that `after` says beyond `before` is which further files are large.
bool only_large_files_added(std::string_view before, std::string_view after);

}  // namespace slipway::flow
