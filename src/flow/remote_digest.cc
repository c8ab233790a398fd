#include "flow/remote_digest.h"

#include <algorithm>

namespace slipway::flow {
namespace {

constexpr std::size_t kPieceBytes = 256u << 10;

}  // namespace

bool has_digest_name(const hub::RemoteFile& file) {
  const std::string& name = digest_name(file);
  const std::size_t digits = file.sha256 ? 64 : 40;
  return name.size() == digits && name.find_first_not_of("0123456789abcdef") == std::string::npos;
}

RemoteDigest::RemoteDigest(const hub::RemoteFile& file) : expected_(digest_name(file)) {
  if (!file.sha256) digest_ = GitBlobSha1(file.size);
}

void RemoteDigest::update(Bytes bytes) {
  std::visit([&](auto& digest) { digest.update(bytes); }, digest_);
}

bool RemoteDigest::matches() {
  return std::visit([](auto& digest) { return digest.finish_hex(); }, digest_) == expected_;
}

Result<bool> holds_file(os::FileSystem& fs, const os::Path& path, const hub::RemoteFile& file) {
  const auto stat = fs.stat(path);
  if (!stat && stat.error().code == ErrorCode::kNotFound) return false;
  if (!stat) return std::unexpected(stat.error());
  if (stat->kind != os::FileKind::kFile || stat->size_bytes != file.size) return false;
  SLIPWAY_ASSIGN(const auto from, fs.open_read(path));
  RemoteDigest digest(file);
  ByteVector piece(static_cast<std::size_t>(std::min<std::uint64_t>(kPieceBytes, file.size)));
  for (std::uint64_t at = 0; at < file.size;) {
    const auto part = MutableBytes(piece).first(
        static_cast<std::size_t>(std::min<std::uint64_t>(piece.size(), file.size - at)));
    SLIPWAY_TRY(from->read_exact(at, part));
    digest.update(part);
    at += part.size();
  }
  return digest.matches();
}

}  // namespace slipway::flow
