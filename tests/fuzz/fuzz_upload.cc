// Upload addresses, and the messages that end a multipart upload, on arbitrary text.
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "hub/wire/lfs_offer.h"
#include "server/upload_address.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace slipway;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  std::vector<std::string> segments;
  for (std::size_t at = 0; at < text.size() && segments.size() < 8;) {
    const std::size_t end = std::min(text.find('/', at), text.size());
    segments.emplace_back(text.substr(at, end - at));
    at = end + 1;
  }
  (void)server::read_upload_address(segments, {"me", "99", "a signature"}, "a secret");
  const auto body = json::parse(text);
  if (!body) return 0;
  (void)hub::wire::offers_transfer(*body, "multipart");
  (void)hub::wire::read_lfs_completion(*body).has_value();
  return 0;
}
