// hub/remote_file.h - a file of a repository, as its tree tells it.
//
// Threads    value
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "slipway/content.h"

namespace slipway::hub {

struct RemoteFile {
  std::string path;
  std::uint64_t size = 0;
  std::string git_oid{};                // of the pointer for LFS files
  std::optional<std::string> sha256{};  // of LFS files: what compares with ours
};

// Whether the remote file holds exactly these bytes; false also where the digest that tells is not known.
inline bool same_bytes(const RemoteFile& remote, const Digests& ours) {
  if (remote.sha256) return *remote.sha256 == ours.sha256;
  return !ours.git_blob_sha1.empty() && remote.git_oid == ours.git_blob_sha1;
}

}  // namespace slipway::hub
