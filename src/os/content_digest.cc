#include <fmt/format.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>

#include "base/encoding.h"
#include "base/hash.h"
#include "slipway/content.h"

namespace slipway {
namespace {

constexpr std::uint64_t kPieceBytes = 1 << 20;

// base/hash.h knows SHA-1 only of what lies in memory; a shard does not.
class Sha1 {
 public:
  Sha1() : context_(EVP_MD_CTX_new(), &EVP_MD_CTX_free) {
    SLIPWAY_CHECK(context_ && EVP_DigestInit_ex(context_.get(), EVP_sha1(), nullptr) == 1);
  }
  void update(Bytes bytes) {
    SLIPWAY_CHECK(EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) == 1);
  }
  std::string finish_hex() {
    std::array<std::byte, 20> out{};
    SLIPWAY_CHECK(EVP_DigestFinal_ex(context_.get(), reinterpret_cast<unsigned char*>(out.data()), nullptr) ==
                  1);
    return hex_encode(out);
  }

 private:
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context_;
};

}  // namespace

Result<Digests> digest(const Content& content) {
  const std::uint64_t size_bytes = content.size_bytes();
  Sha256 sha256;
  Sha1 sha1;
  std::string head = fmt::format("blob {}", size_bytes);
  head += '\0';
  sha1.update(as_bytes(head));
  ByteVector piece(std::min(size_bytes, kPieceBytes));
  for (std::uint64_t offset = 0; offset < size_bytes;) {
    const auto part = MutableBytes(piece).first(std::min<std::uint64_t>(size_bytes - offset, piece.size()));
    SLIPWAY_TRY(content.read(offset, part));
    sha256.update(part);
    sha1.update(part);
    offset += part.size();
  }
  return Digests{.sha256 = sha256.finish_hex(), .git_blob_sha1 = sha1.finish_hex()};
}

}  // namespace slipway
