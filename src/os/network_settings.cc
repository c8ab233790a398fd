#include "os/network_settings.h"

#include <unistd.h>

#include <algorithm>

namespace slipway::os {
namespace {

constexpr std::string_view kAuthorities[] = {
    kUsualAuthorities,                                    // Debian, Ubuntu, Alpine, Arch
    "/etc/pki/tls/certs/ca-bundle.crt",                   // Rocky, RHEL, Fedora
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",  // the same, newer
    "/etc/ssl/ca-bundle.pem",                             // openSUSE
    "/etc/ssl/cert.pem",
};

std::string upper(std::string_view name) {
  std::string text(name);
  std::ranges::transform(text, text.begin(),
                         [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
  return text;
}

std::optional<std::string> either_case(const Environment& environment, std::string_view lower_name) {
  if (auto value = environment.get(lower_name)) return value;
  const bool forgeable = lower_name == "http_proxy" && environment.get("REQUEST_METHOD");
  return forgeable ? std::nullopt : environment.get(upper(lower_name));
}

// The list as curl understands it: "*.a.test" is ".a.test", "[::1]" is "::1", and "*" anywhere is everything.
std::string plain_list(std::string_view list) {
  std::string plain;
  while (!list.empty()) {
    const std::size_t end = list.find_first_of(", ");
    std::string_view host = list.substr(0, end);
    list.remove_prefix(end == std::string_view::npos ? list.size() : end + 1);
    if (host.empty()) continue;
    if (host == "*") return "*";
    if (host.starts_with("*.")) host.remove_prefix(1);
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    plain += (plain.empty() ? "" : ",") + std::string(host);
  }
  return plain;
}

}  // namespace

const std::optional<std::string>& NetworkSettings::proxy_for(std::string_view url) const {
  return upper(url.substr(0, 6)) == "HTTPS:" ? https_proxy : http_proxy;
}

NetworkSettings network_settings(const Environment& environment) {
  NetworkSettings settings;
  const auto all = either_case(environment, "all_proxy");
  settings.http_proxy = either_case(environment, "http_proxy");
  settings.https_proxy = either_case(environment, "https_proxy");
  if (!settings.http_proxy) settings.http_proxy = all;
  if (!settings.https_proxy) settings.https_proxy = all;
  settings.no_proxy = plain_list(either_case(environment, "no_proxy").value_or(""));
  for (const char* name : {"SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"}) {
    settings.authorities = environment.get(name);
    settings.authorities_from = name;
    if (settings.authorities) return settings;
  }
  settings.authorities_from.clear();
  return settings;
}

std::optional<std::string> system_authorities(const std::string& root) {
  for (const std::string_view place : kAuthorities) {
    std::string path = root + std::string(place);
    if (::access(path.c_str(), R_OK) == 0) return path;
  }
  return std::nullopt;
}

std::string without_credentials(std::string_view proxy) {
  const std::size_t scheme = proxy.find("://");
  const std::string_view kind = scheme == std::string_view::npos ? "http" : proxy.substr(0, scheme);
  std::string_view rest = scheme == std::string_view::npos ? proxy : proxy.substr(scheme + 3);
  rest = rest.substr(0, rest.find('/'));
  if (const std::size_t at = rest.rfind('@'); at != std::string_view::npos) rest.remove_prefix(at + 1);
  return std::string(kind) + "://" + std::string(rest);
}

}  // namespace slipway::os
