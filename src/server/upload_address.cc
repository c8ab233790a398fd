#include "server/upload_address.h"

#include <fmt/format.h>

#include "base/encoding.h"
#include "base/hash.h"
#include "base/whole_number.h"
#include "hub/wire/fields.h"

namespace slipway::server {
namespace {

std::string path_of(const UploadAddress& address) {
  const PartPlan& plan = address.plan;
  const std::string object = fmt::format("objects/{}/{}", plan.oid, plan.size);
  if (address.step == UploadStep::kPart)
    return fmt::format("{}/parts/{}/{}", object, plan.part_size, address.part);
  if (address.step == UploadStep::kComplete) return fmt::format("{}/complete/{}", object, plan.part_size);
  return object;
}

std::string signature_of(const UploadAddress& address, std::string_view secret) {
  return sha256_hex(as_bytes(
      fmt::format("{}:{}:{}:{}:{}", secret, path_of(address), address.expires, address.plan.by, secret)));
}

template <class T>
bool read_number(std::string_view text, T& value) {
  const auto number = whole_number<T>(text);
  value = number.value_or(T{});
  return number.has_value();
}

bool read_step(const std::vector<std::string>& s, UploadAddress& address) {
  if (s.size() == 2) return true;
  if (!read_number(s.size() > 3 ? s[3] : "", address.plan.part_size) || address.plan.part_size == 0)
    return false;
  if (s.size() == 4 && s[2] == "complete") {
    address.step = UploadStep::kComplete;
    return true;
  }
  address.step = UploadStep::kPart;
  return s.size() == 5 && s[2] == "parts" && read_number(s[4], address.part) && address.part >= 1 &&
         address.part <= address.plan.count();
}

}  // namespace

std::string write_upload_address(const UploadAddress& address, std::string_view secret) {
  return fmt::format("{}?by={}&expires={}&sig={}", path_of(address), percent_encode(address.plan.by),
                     address.expires, signature_of(address, secret));
}

std::optional<UploadAddress> read_upload_address(const std::vector<std::string>& segments,
                                                 const UploadQuery& query, std::string_view secret) {
  UploadAddress address;
  if (segments.size() < 2 || !hub::wire::is_sha256(segments[0])) return std::nullopt;
  address.plan.oid = segments[0];
  address.plan.by = query.by;
  if (!read_number(segments[1], address.plan.size) || !read_number(query.expires, address.expires))
    return std::nullopt;
  if (!read_step(segments, address) || query.signature != signature_of(address, secret)) return std::nullopt;
  return address;
}

}  // namespace slipway::server
