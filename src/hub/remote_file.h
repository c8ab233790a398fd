// hub/remote_file.h - a file of a repository, as its tree tells it.
//
// Threads    value
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace slipway::hub {

struct RemoteFile {
  std::string path;
  std::uint64_t size = 0;
  std::string git_oid{};                // of the pointer for LFS files
  std::optional<std::string> sha256{};  // of LFS files: what compares with ours
};

}  // namespace slipway::hub
