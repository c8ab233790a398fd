#include "hub/retry.h"

#include <algorithm>

namespace slipway::hub {

std::optional<os::Millis> retry_delay(const RetryPolicy& policy, const Error& error, int attempt,
                                      double dice) {
  const bool passing = error.code == ErrorCode::kNetwork || error.code == ErrorCode::kUnavailable;
  if (!passing || attempt > policy.retries_max) return std::nullopt;
  if (error.retry_after) return *error.retry_after;
  os::Millis whole = policy.delay_first;
  for (int i = 1; i < attempt && whole < policy.delay_max; ++i) whole *= 2;
  whole = std::min(whole, policy.delay_max);
  const double spread = 0.5 + 0.5 * dice;
  return os::Millis(static_cast<std::int64_t>(static_cast<double>(whole.count()) * spread));
}

}  // namespace slipway::hub
