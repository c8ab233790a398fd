// base/hash.h - the digests that the Hub's protocol and git are made of.
//
// Contract   Incremental; splitting the input never changes the digest. update_both() gives each of two
//            digests its bytes, as two calls of update() would, in about the time of one where the processor
//            has SHA-NI.
// Threads    one thread each
// Source     SHA-2 and SHA-1 by OpenSSL, two streams by base/sha256_kernel.h; git's blob id is
//            sha1("blob " + size + "\0" + content).
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/cpu.h"
#include "slipway/bytes.h"

namespace slipway {

class Sha256 {
 public:
  Sha256();
  void update(Bytes bytes);
  std::string finish_hex();  // 64 lower-case digits; the object is spent afterwards

 private:
  friend void update_both(const Cpu& cpu, Sha256& first, Bytes of_first, Sha256& second, Bytes of_second);
  static constexpr std::size_t kStateBytes = 112;  // OpenSSL's, which is public
  alignas(8) std::array<std::byte, kStateBytes> state_{};
};
void update_both(const Cpu& cpu, Sha256& first, Bytes of_first, Sha256& second, Bytes of_second);

// git's id of a blob whose size is known before its first byte.
class GitBlobSha1 {
 public:
  explicit GitBlobSha1(std::uint64_t size_bytes);
  void update(Bytes bytes);
  std::string finish_hex();  // 40 lower-case digits; the object is spent afterwards

 private:
  static constexpr std::size_t kStateBytes = 96;
  alignas(8) std::array<std::byte, kStateBytes> state_{};
};

std::string sha256_hex(Bytes bytes);
std::string sha1_hex(Bytes bytes);
std::string git_object_sha1(std::string_view type, Bytes content);  // type: "blob", "tree", "commit"
inline std::string git_blob_sha1(Bytes content) { return git_object_sha1("blob", content); }

// CRC-32C (Castagnoli), as the journal's records carry it. `seed` continues an earlier call.
std::uint32_t crc32c(Bytes bytes, std::uint32_t seed = 0);

}  // namespace slipway
