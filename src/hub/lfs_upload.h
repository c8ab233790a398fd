// hub/lfs_upload.h - the Upload door over git-lfs: a batch call, then one PUT an object.
//
// Contract   As slipway/upload.h; the digest is wanted first. An object named twice is sent once.
// Threads    open() and finish(): one thread; send(): several
#pragma once

#include <string>
#include <vector>

#include "hub/client.h"
#include "slipway/upload.h"

namespace slipway::hub {

class LfsUpload : public Upload {
 public:
  LfsUpload(Client& client, wire::RepoId repo, std::string revision)
      : client_(client), repo_(std::move(repo)), revision_(std::move(revision)) {}

  bool wants_digest_first() const override { return true; }
  Result<std::vector<bool>> open(const std::vector<UploadItem>& items) override;
  Result<void> send(std::size_t index, const std::function<void(std::uint64_t)>& sent) override;
  Result<void> finish() override { return {}; }

 private:
  Client& client_;
  wire::RepoId repo_;
  std::string revision_;
  std::vector<UploadItem> items_{};
  std::vector<wire::LfsAnswer> answers_{};
};

}  // namespace slipway::hub
