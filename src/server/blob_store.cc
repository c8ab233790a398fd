#include "server/blob_store.h"

#include <array>

#include <fmt/format.h>

#include "base/encoding.h"
#include "base/hash.h"
#include "os/path.h"
#include "server/receive_body.h"

namespace slipway::server {

os::Path BlobStore::path_of(const std::string& sha256) const {
  SLIPWAY_CHECK(sha256.size() == 64 && is_hex(sha256));
  return fmt::format("{}/objects/{}/{}", root_, sha256.substr(0, 2), sha256);
}

os::Path BlobStore::incoming() const { return root_ + "/incoming"; }

std::string BlobStore::fresh_name() {
  std::array<std::byte, 12> bytes{};
  world_.dice.fill(bytes);
  return hex_encode(bytes);
}

Result<void> BlobStore::prepare() {
  SLIPWAY_TRY(os::make_dirs(world_.files, root_ + "/objects"));
  SLIPWAY_TRY(os::make_dirs(world_.files, incoming()));
  SLIPWAY_ASSIGN(const auto leftovers, world_.files.list(incoming()));
  for (const os::DirEntry& entry : leftovers)
    SLIPWAY_TRY(world_.files.remove(os::join(incoming(), entry.name)));
  return {};
}

Result<bool> BlobStore::has(const std::string& sha256) { return os::exists(world_.files, path_of(sha256)); }

Result<void> BlobStore::keep(const os::Path& temporary, const std::string& sha256) {
  const os::Path path = path_of(sha256);
  SLIPWAY_TRY(os::make_dirs(world_.files, os::parent(path)));
  SLIPWAY_TRY(world_.files.rename(temporary, path));
  return world_.files.sync_dir(os::parent(path));
}

Result<void> BlobStore::receive(const std::string& sha256, std::uint64_t size_bytes, os::BodyReader& body) {
  const os::Path temporary = os::join(incoming(), fresh_name());
  SLIPWAY_ASSIGN(const std::string got, receive_body(world_.files, temporary, size_bytes, body));
  auto done = got == sha256 ? keep(temporary, sha256)
                            : fail(ErrorCode::kCorruptData, "the bytes do not have the digest announced");
  if (!done) (void)world_.files.remove(temporary);
  return done;
}

Result<std::string> BlobStore::put(std::string_view text) {
  std::string sha256 = sha256_hex(as_bytes(text));
  SLIPWAY_ASSIGN(const bool there, has(sha256));
  if (there) return sha256;
  const os::Path temporary = os::join(incoming(), fresh_name());
  {
    SLIPWAY_ASSIGN(const auto file, world_.files.create_new(temporary));
    SLIPWAY_TRY(file->write_at(0, as_bytes(text)));
    SLIPWAY_TRY(file->sync());
  }
  SLIPWAY_TRY(keep(temporary, sha256));
  return sha256;
}

Result<std::unique_ptr<os::ReadFile>> BlobStore::open(const std::string& sha256) {
  return world_.files.open_read(path_of(sha256));
}

Result<std::string> BlobStore::text(const std::string& sha256, std::uint64_t size_bytes_max) {
  return os::read_file(world_.files, path_of(sha256), size_bytes_max);
}

}  // namespace slipway::server
