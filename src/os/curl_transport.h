// os/curl_transport.h - HTTP over libcurl: the real transport.
//
// Contract   As slipway/http.h; redirects are followed by our own rules (os/redirect.h), 10 at most.
//            Proxies and authorities come from the environment (os/network_settings.h); a proxy never sees
//            the headers of a request to an https address.
// Limits     header block 256 KiB; http and https only; handles kept for reuse: 16
// Threads    share freely
// Errors     kNetwork naming the host; kRefused for an unknown TLS authority, and for a proxy that wants a
//            password or does not let through; kInterrupted
#pragma once

#include <memory>

#include "os/world.h"
#include "slipway/http.h"

namespace slipway::os {

class CurlTransport : public HttpTransport {
 public:
  CurlTransport(const Executor& executor, const Environment& environment);
  ~CurlTransport() override;
  Result<HttpResponse> send(const HttpRequest& request, const ReplySink& sink) override;

 private:
  class Pool;
  std::unique_ptr<Pool> pool_;
};

}  // namespace slipway::os
