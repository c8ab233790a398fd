// flow/remote_digest.h - whether bytes are a remote file's: by the one digest that names it.
//
// Contract   An LFS file is named by its SHA-256, any other by git's id; only that one is computed.
// Threads    one thread each
// Errors     kIo
#pragma once

#include <string>
#include <variant>

#include "base/hash.h"
#include "hub/client.h"
#include "os/world.h"

namespace slipway::flow {

// The name of its bytes, which is also its ETag and its name in a Hub cache.
inline const std::string& digest_name(const hub::RemoteFile& file) {
  return file.sha256 ? *file.sha256 : file.git_oid;
}

// Whether that name is one: 40 or 64 hex digits. What a server says is no file name before this.
bool has_digest_name(const hub::RemoteFile& file);

class RemoteDigest {
 public:
  explicit RemoteDigest(const hub::RemoteFile& file);
  void update(Bytes bytes);
  bool matches();  // of all that was given; the object is spent afterwards

 private:
  std::string expected_;
  std::variant<Sha256, GitBlobSha1> digest_;
};

// Whether `path` holds the file's bytes already; a link is followed.
Result<bool> holds_file(os::FileSystem& fs, const os::Path& path, const hub::RemoteFile& file);

}  // namespace slipway::flow
