// server/blob_store.h - bytes by their SHA-256: objects/ab/abcd..., written once, never changed.
//
// Contract   A blob has its name only when it is whole, synced and its digest was right. Storing what is
//            there already is harmless.
// Limits     memory: one piece a transfer
// Threads    share freely
// Errors     kCorruptData (digest or size is not what was announced), kNoSpace, kIo
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "os/world.h"
#include "slipway/http.h"

namespace slipway::server {

class BlobStore {
 public:
  BlobStore(os::World& world, os::Path root) : world_(world), root_(std::move(root)) {}
  Result<void> prepare();  // makes the folders, clears what crashes left half received
  Result<bool> has(const std::string& sha256);
  Result<void> receive(const std::string& sha256, std::uint64_t size_bytes, os::BodyReader& body);
  Result<std::string> put(std::string_view text);  // gives its SHA-256
  Result<std::unique_ptr<os::ReadFile>> open(const std::string& sha256);
  Result<std::string> text(const std::string& sha256, std::uint64_t size_bytes_max);

 private:
  os::Path path_of(const std::string& sha256) const;
  os::Path incoming() const;
  std::string fresh_name();
  Result<void> keep(const os::Path& temporary, const std::string& sha256);

  os::World& world_;
  os::Path root_;
};

}  // namespace slipway::server
