// os/redirect.h - where a redirect leads, and what may travel there: shared by every transport.
//
// Threads    value
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "slipway/http.h"

namespace slipway::os {

inline constexpr int kRedirectsMax = 10;
inline constexpr std::uint64_t kRedirectBodyBytesMax = 1u << 20;

std::string origin_of(std::string_view url);  // "https://host:port", lower-case; "" when it is no URL
// What a reference in the answer to `base` means: RFC 3986, 5.2.
std::string resolve_url(std::string_view base, std::string_view reference);
// The next request when `response` redirects one that may be followed: a GET or HEAD anywhere, any other
// method by 307 and 308 alone, with its body. Authorization stays behind when the origin changes.
std::optional<HttpRequest> next_request(const HttpRequest& request, const HttpResponse& response);

// The text that comes with a redirect, for people: it is dropped, and must have an end.
class RedirectBody {
 public:
  Result<void> drop(Bytes bytes, std::string_view url);  // kProtocol past kRedirectBodyBytesMax

 private:
  std::uint64_t bytes_ = 0;
};

}  // namespace slipway::os
