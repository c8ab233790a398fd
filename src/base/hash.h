// base/hash.h - the digests that the Hub's protocol and git are made of.
//
// Contract   Incremental; splitting the input never changes the digest.
// Threads    one thread each
// Source     SHA-2 and SHA-1 by OpenSSL; git's blob id is sha1("blob " + size + "\0" + content).
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "slipway/bytes.h"

namespace slipway {

class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;
  void update(Bytes bytes);
  std::string finish_hex();  // 64 lower-case digits; the object is spent afterwards

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

std::string sha256_hex(Bytes bytes);
std::string sha1_hex(Bytes bytes);
std::string git_object_sha1(std::string_view type, Bytes content);  // type: "blob", "tree", "commit"
inline std::string git_blob_sha1(Bytes content) { return git_object_sha1("blob", content); }

// CRC-32C (Castagnoli), as the journal's records carry it. `seed` continues an earlier call.
std::uint32_t crc32c(Bytes bytes, std::uint32_t seed = 0);

}  // namespace slipway
