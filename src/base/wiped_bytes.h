// base/wiped_bytes.h - bytes that are overwritten before their memory is given back.
//
// Contract   For what may hold a secret. Neither copied nor grown, so that no second copy is left behind.
// Threads    value
#pragma once

#include "slipway/bytes.h"

namespace slipway {

// Overwrites in a way that the compiler cannot leave out.
inline void wipe(MutableBytes bytes) {
  volatile std::byte* at = bytes.data();
  for (std::size_t i = 0; i < bytes.size(); ++i) at[i] = std::byte{0};
}

class WipedBytes {
 public:
  explicit WipedBytes(std::size_t size) : bytes_(size) {}
  WipedBytes(const WipedBytes&) = delete;
  WipedBytes& operator=(const WipedBytes&) = delete;
  ~WipedBytes() { wipe(bytes_); }

  MutableBytes bytes() { return bytes_; }

 private:
  ByteVector bytes_;
};

}  // namespace slipway
