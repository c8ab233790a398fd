// server/upload_address.h - addresses under which one object, or one part of it, may be sent for a while.
//
// Contract   Stock clients send no header with an upload: who holds the address may send exactly what it
//            names, until its time, in the name of the account that it was made for. The signature covers all
//            of it.
// Threads    value
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "server/part_store.h"

namespace slipway::server {

enum class UploadStep : std::uint8_t { kWhole, kPart, kComplete };

struct UploadAddress {
  UploadStep step = UploadStep::kWhole;
  PartPlan plan{};  // part_size counts for kPart and kComplete alone
  std::uint64_t part = 0;
  std::int64_t expires = 0;  // unix seconds
};

struct UploadQuery {
  std::string by{};
  std::string expires{};
  std::string signature{};
};

// "objects/OID/SIZE[/parts/PARTSIZE/N | /complete/PARTSIZE]?by=..&expires=..&sig=.."
std::string write_upload_address(const UploadAddress& address, std::string_view secret);
// The segments behind "objects"; nullopt for what write_upload_address() did not make with this secret.
std::optional<UploadAddress> read_upload_address(const std::vector<std::string>& segments,
                                                 const UploadQuery& query, std::string_view secret);

}  // namespace slipway::server
