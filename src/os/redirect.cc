#include "os/redirect.h"

#include <algorithm>

#include <fmt/format.h>

namespace slipway::os {
namespace {

bool is_scheme(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '+' ||
           c == '.' || c == '-';
  });
}

bool has_scheme(std::string_view reference) {
  const std::size_t colon = reference.find_first_of(":/?#");
  return colon != std::string_view::npos && reference[colon] == ':' && is_scheme(reference.substr(0, colon));
}

// "/a/./b/../c" is "/a/c"; what would go above the root stays there.
std::string without_dots(std::string_view path) {
  std::string out;
  while (!path.empty()) {
    const std::size_t end = std::min(path.find('/', 1), path.size());
    const std::string_view segment = path.substr(0, end);
    path.remove_prefix(end);
    if (segment != "/." && segment != "/..") {
      out += segment;
      continue;
    }
    if (segment == "/..") out.erase(std::min(out.rfind('/'), out.size()));
    if (path.empty()) out += '/';
  }
  return out;
}

}  // namespace

std::string origin_of(std::string_view url) {
  const std::size_t scheme = url.find("://");
  // A "://" further on is part of a path or a query.
  if (scheme == std::string_view::npos || !is_scheme(url.substr(0, scheme))) return "";
  const std::size_t end = url.find_first_of("/?#", scheme + 3);
  std::string origin(url.substr(0, end));
  std::ranges::transform(origin, origin.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return origin;
}

std::string resolve_url(std::string_view base, std::string_view reference) {
  if (has_scheme(reference)) return std::string(reference);
  const std::string origin = origin_of(base);
  if (reference.starts_with("//")) return origin.substr(0, origin.find(':') + 1) + std::string(reference);
  base = base.substr(0, base.find('#'));
  if (reference.empty() || reference.starts_with('#')) return std::string(base) + std::string(reference);
  std::string_view path = base.substr(0, base.find('?'));
  if (reference.starts_with('?')) return std::string(path) + std::string(reference);
  path.remove_prefix(origin.size());
  const std::size_t end = std::min(reference.find_first_of("?#"), reference.size());
  const std::string_view named = reference.substr(0, end);
  const std::string folder = fmt::format("{}/", path.substr(0, std::min(path.rfind('/'), path.size())));
  const std::string whole = named.starts_with('/') ? std::string(named) : folder + std::string(named);
  return origin + without_dots(whole) + std::string(reference.substr(end));
}

Result<void> RedirectBody::drop(Bytes bytes, std::string_view url) {
  bytes_ += bytes.size();
  if (bytes_ <= kRedirectBodyBytesMax) return {};
  return fail(
      ErrorCode::kProtocol,
      fmt::format("{} redirects with a text of more than {} bytes; check the endpoint, it may not be a Hub",
                  origin_of(url), kRedirectBodyBytesMax));
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
