// os/loop_transport.h - hands requests straight to an HttpHandler, without a socket.
//
// Contract   Same redirect rules as the real transport. A handler that never begins a reply, or gives
//            less than it declared, is a cut answer: kNetwork.
// Threads    share freely
#pragma once

#include "slipway/http.h"

namespace slipway::os {

class LoopTransport : public HttpTransport {
 public:
  explicit LoopTransport(HttpHandler& handler) : handler_(handler) {}
  Result<HttpResponse> send(const HttpRequest& request, const ReplySink& sink) override;

 private:
  HttpHandler& handler_;
};

}  // namespace slipway::os
