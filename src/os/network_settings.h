// os/network_settings.h - proxies and certificate authorities, as the environment names them.
//
// Contract   Variables in lower case win over upper case, as in curl and requests. HTTP_PROXY in upper case
//            is not read under a web server's CGI (REQUEST_METHOD is set), where a client could forge it.
//            Authorities: SSL_CERT_FILE, REQUESTS_CA_BUNDLE, CURL_CA_BUNDLE, SSL_CERT_DIR, the first that is
//            set.
// Threads    value
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "os/world.h"

namespace slipway::os {

struct NetworkSettings {
  std::optional<std::string> http_proxy{};   // for http:// addresses
  std::optional<std::string> https_proxy{};  // for https:// addresses
  std::string no_proxy{};                    // hosts without one: "a.test,.b.test,10.0.0.0/8" or "*"
  std::optional<std::string> authorities{};  // a file of certificates, or a folder of them
  std::string authorities_from{};            // the variable that named it

  const std::optional<std::string>& proxy_for(std::string_view url) const;
};
NetworkSettings network_settings(const Environment& environment);

// The file of certificates of this system, which each kind of Linux keeps elsewhere, whatever curl was built
// for. `root`: where the system's files are.
std::optional<std::string> system_authorities(const std::string& root = "");
inline constexpr std::string_view kUsualAuthorities = "/etc/ssl/certs/ca-certificates.crt";

// A proxy's address without its user and password, with its scheme.
std::string without_credentials(std::string_view proxy);

}  // namespace slipway::os
