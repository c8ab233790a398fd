// hub/lfs_upload.h - the Upload door over git-lfs: a batch call, then one PUT an object or a part.
//
// Contract   As slipway/upload.h; the digest is wanted first. An object named twice is sent once. Addresses
//            that expired, or that the storage refuses, are asked for again, for that object alone; parts
//            that lie where the new addresses lead stay sent, all others are sent again.
// Limits     addresses of one piece are asked for again twice
// Threads    as slipway/upload.h
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "hub/client.h"
#include "slipway/upload.h"

namespace slipway::hub {

class LfsUpload : public Upload {
 public:
  LfsUpload(Client& client, wire::RepoId repo, std::string revision);
  ~LfsUpload() override;
  bool wants_digest_first() const override { return true; }
  Result<std::vector<bool>> open(const std::vector<UploadItem>& items) override;
  std::size_t pieces(std::size_t index) const override;
  Result<void> send(std::size_t index, std::size_t piece,
                    const std::function<void(std::uint64_t)>& sent) override;
  Result<void> close(std::size_t index) override;
  Result<void> finish() override { return {}; }

 private:
  struct Flight;  // one object on its way
  struct Ticket;
  // Sends one piece to the addresses that hold now, asking for others when these do not.
  Result<void> send_piece(Flight& flight, std::size_t piece, const std::function<void(std::uint64_t)>& sent);
  Result<void> ask_again(Flight& flight, std::size_t generation);
  Result<void> join(Flight& flight);

  Client& client_;
  wire::RepoId repo_;
  std::string revision_;
  std::vector<std::unique_ptr<Flight>> flights_{};
};

// Whether parts sent to `before` are there for `now`: the same places, and the same upload where one is
// named.
bool same_upload(const wire::LfsAnswer& before, const wire::LfsAnswer& now);

}  // namespace slipway::hub
