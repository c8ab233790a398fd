// hub/wire/lfs_offer.h - the LFS batch as a server reads and answers it, multipart transfers included.
//
// Contract   Readers are total and bounded; what stock clients do not say has its default.
// Limits     10,000 parts an object
// Source     git-lfs's batch API; hub-docs for `chunk_size` and the numbered addresses
// Threads    value
// Errors     kProtocol, kInvalidArgument
#pragma once

#include "hub/wire/types.h"

namespace slipway::hub::wire {

inline constexpr std::size_t kLfsPartsMax = 10'000;

struct LfsOffer {
  std::string oid;
  std::uint64_t size = 0;
  std::string upload{};  // where to send it, or where to say that all parts are sent; "" for nothing to do
  std::uint64_t part_size = 0;
  std::vector<std::string> parts{};  // an address each
  std::string verify{};
  std::uint64_t expires_in = 0;  // seconds
  std::string expires_at{};      // ISO 8601
  std::optional<std::string> error{};
  int error_code = 0;
};
json::Value write_lfs_offers(const std::vector<LfsOffer>& offers);
// Whether the batch's `transfers` name it; absent ones mean "basic".
bool offers_transfer(const json::Value& batch, std::string_view transfer);

// What ends a multipart upload: each part with the tag that it was answered with, quotes taken off.
struct LfsCompletion {
  std::string oid;
  std::vector<std::string> tags{};  // of part 1, 2, ...
};
Result<LfsCompletion> read_lfs_completion(const json::Value& body);

}  // namespace slipway::hub::wire
