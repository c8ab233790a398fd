// hub/errors.h - what a Hub's refusal means to us, and what the user can do about it.
//
// Source     huggingface_hub, its HTTP errors: X-Error-Code and X-Error-Message first, then JSON `error` and
//            `errors[].message`
// Threads    value
#pragma once

#include <string>
#include <string_view>

#include "hub/client.h"
#include "slipway/http.h"

namespace slipway::hub {

// `what`: "me/tiny", "me/tiny at dev", the endpoint: named in every message.
Error refusal(const os::HttpResponse& response, std::string_view body, std::string_view what,
              const ClientOptions& options);
std::string error_code_header(const os::HttpResponse& response);
// How long the server asks to wait: Retry-After in seconds, or RateLimit's t when nothing is left.
std::optional<os::Millis> asked_wait(const os::HttpResponse& response);

}  // namespace slipway::hub
