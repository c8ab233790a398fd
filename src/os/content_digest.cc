#include <algorithm>

#include "base/hash.h"
#include "slipway/content.h"

namespace slipway {
namespace {

constexpr std::uint64_t kPieceBytes = 1 << 20;

}  // namespace

Result<Digests> digest(const Content& content) {
  const std::uint64_t size_bytes = content.size_bytes();
  Sha256 sha256;
  GitBlobSha1 sha1(size_bytes);
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

Digests digest_text(std::string_view text) {
  return {.sha256 = sha256_hex(as_bytes(text)), .git_blob_sha1 = git_blob_sha1(as_bytes(text))};
}

}  // namespace slipway
