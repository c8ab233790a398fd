#include "server/receive_body.h"

#include <fmt/format.h>

#include "base/hash.h"

namespace slipway::server {
namespace {

constexpr std::size_t kPieceBytes = 1u << 20;

Result<std::string> write_body(os::WriteFile& file, std::uint64_t size_bytes, os::BodyReader& body) {
  Sha256 digest;
  ByteVector piece(kPieceBytes);
  std::uint64_t at = 0;
  while (true) {
    SLIPWAY_ASSIGN(const std::size_t got, body.read(piece));
    if (got == 0) break;
    if (got > size_bytes - at)
      return fail(ErrorCode::kCorruptData, fmt::format("more than the {} bytes announced", size_bytes));
    SLIPWAY_TRY(file.write_at(at, Bytes(piece).first(got)));
    digest.update(Bytes(piece).first(got));
    at += got;
  }
  if (at != size_bytes)
    return fail(ErrorCode::kCorruptData, fmt::format("{} of {} bytes came", at, size_bytes));
  SLIPWAY_TRY(file.sync());
  return digest.finish_hex();
}

}  // namespace

Result<std::string> receive_body(os::FileSystem& files, const os::Path& path, std::uint64_t size_bytes,
                                 os::BodyReader& body) {
  SLIPWAY_ASSIGN(const auto file, files.create_new(path));
  auto sha256 = write_body(*file, size_bytes, body);
  if (!sha256) (void)files.remove(path);
  return sha256;
}

}  // namespace slipway::server
