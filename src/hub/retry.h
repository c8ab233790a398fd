// hub/retry.h - how long to wait after a failure, or whether to give up: a pure function.
//
// Source     huggingface_hub http_backoff: 5 retries, 1 s doubling to 8 s; Retry-After + 1 s wins
// Threads    value
#pragma once

#include <optional>

#include "slipway/executor.h"
#include "slipway/result.h"

namespace slipway::hub {

struct RetryPolicy {
  int retries_max = 5;
  os::Millis delay_first{1'000};
  os::Millis delay_max{8'000};
};
// `attempt` is 1 for the first failure; 0 <= dice < 1 spreads the wait over [half, whole].
std::optional<os::Millis> retry_delay(const RetryPolicy& policy, const Error& error, int attempt,
                                      double dice);

}  // namespace slipway::hub
