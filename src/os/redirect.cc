#include "os/redirect.h"

#include <algorithm>

namespace slipway::os {

std::string origin_of(std::string_view url) {
  const std::size_t scheme = url.find("://");
  // A "://" further on is part of a path or a query.
  const bool named = scheme != std::string_view::npos && scheme > 0 &&
                     std::ranges::all_of(url.substr(0, scheme), [](char c) {
                       return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                              c == '+' || c == '.' || c == '-';
                     });
  if (!named) return "";
  const std::size_t end = url.find_first_of("/?#", scheme + 3);
  std::string origin(url.substr(0, end));
  std::ranges::transform(origin, origin.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return origin;
}

std::string resolve_url(std::string_view base, std::string_view location) {
  if (!origin_of(location).empty()) return std::string(location);
  const std::string origin = origin_of(base);
  if (location.starts_with("//")) return origin.substr(0, origin.find(':') + 1) + std::string(location);
  if (location.starts_with('/')) return origin + std::string(location);
  std::string_view path = base.substr(0, base.find_first_of("?#"));
  const std::size_t slash = path.rfind('/');
  path = slash < origin.size() ? path : path.substr(0, slash);
  return std::string(path) + "/" + std::string(location);
}

std::optional<HttpRequest> next_request(const HttpRequest& request, const HttpResponse& response) {
  const bool redirects = response.status == 301 || response.status == 302 || response.status == 303 ||
                         response.status == 307 || response.status == 308;
  // 307 and 308 repeat the request as it was; the others would make a GET of it and lose what was sent.
  const bool as_it_was = response.status == 307 || response.status == 308;
  const bool may =
      request.follow_redirects && (as_it_was || request.method == "GET" || request.method == "HEAD");
  const auto location = response.headers.find("Location");
  if (!redirects || !may || !location) return std::nullopt;
  HttpRequest next = request;
  next.url = resolve_url(request.url, *location);
  if (origin_of(next.url) != origin_of(request.url)) next.headers.erase("Authorization");
  return next;
}

}  // namespace slipway::os
