// slipway/upload.h - one door for getting large bytes into a Hub's storage.
//
// Floor      hub
// Contract   Content-addressed: sending the same bytes twice is harmless, and nothing becomes visible
//            before a commit names it. A transport that wants the digest first (LFS) is given it.
// Threads    open() and finish(): one thread; the others: several
// Errors     as hub/client.h
// Doubles    none: the seam below it is HttpTransport
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "slipway/content.h"
#include "slipway/result.h"

namespace slipway::hub {

struct UploadItem {
  std::string path;
  ContentPtr content;
  std::string sha256{};  // filled when the transport wants the digest first
};

class Upload {
 public:
  virtual ~Upload() = default;
  virtual bool wants_digest_first() const = 0;
  // Opens a batch: afterwards missing(i) says which items the server lacks.
  virtual Result<std::vector<bool>> open(const std::vector<UploadItem>& items) = 0;
  // In how many pieces a missing item travels; at least 1. They may be sent in any order, at the same time.
  virtual std::size_t pieces(std::size_t index) const = 0;
  // Sends one piece of item `index` of the opened batch; `sent` counts bytes, each once.
  virtual Result<void> send(std::size_t index, std::size_t piece,
                            const std::function<void(std::uint64_t)>& sent) = 0;
  // Once every piece of the item was sent: makes them one object.
  virtual Result<void> close(std::size_t index) = 0;
  virtual Result<void> finish() = 0;
};

}  // namespace slipway::hub
