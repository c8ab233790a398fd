#include "hub/retry.h"

#include <algorithm>
#include <cerrno>
#include <charconv>

#include "hub/dates.h"

namespace slipway::hub {
namespace {

constexpr std::int64_t kAskedSecondsMax = 365 * 24 * 3600;

std::optional<std::int64_t> leading_number(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  std::int64_t value = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (problem != std::errc{} || value < 0 || value > kAskedSecondsMax) return std::nullopt;
  const std::string_view rest(end, static_cast<std::size_t>(text.data() + text.size() - end));
  const bool ends = rest.find_first_not_of(" \t") == std::string_view::npos || rest.starts_with(';') ||
                    rest.starts_with(',');
  return ends ? std::optional(value) : std::nullopt;
}

bool passing_status(int status) {
  return status == 408 || status == 429 || status == 500 || status == 502 || status == 503 || status == 504;
}

// Whether the server did nothing of what was asked.
bool surely_not_done(const Failure& failure) {
  return failure.kind == Failure::Kind::kNotSent || failure.conflicting_operation ||
         (failure.kind == Failure::Kind::kStatus && failure.status == 429);
}

bool passes(const Failure& failure) {
  if (failure.kind == Failure::Kind::kOurs) return false;
  if (failure.kind != Failure::Kind::kStatus) return true;
  return failure.conflicting_operation || passing_status(failure.status);
}

os::Millis plain_wait(const RetryPolicy& policy, int attempt, double dice) {
  os::Millis whole = policy.delay_first;
  for (int i = 1; i < attempt && whole < policy.delay_max; ++i) whole *= 2;
  whole = std::min(whole, policy.delay_max);
  return os::Millis(static_cast<std::int64_t>(static_cast<double>(whole.count()) * (0.5 + 0.5 * dice)));
}

// The value of `key` in `"api";r=0;t=30`.
std::optional<std::int64_t> parameter(std::string_view header, std::string_view key) {
  for (std::size_t at = header.find(';'); at != std::string_view::npos; at = header.find(';', at + 1)) {
    std::string_view rest = header.substr(at + 1);
    while (rest.starts_with(' ')) rest.remove_prefix(1);
    if (rest.starts_with(key) && rest.substr(key.size()).starts_with('='))
      return leading_number(rest.substr(key.size() + 1));
  }
  return std::nullopt;
}

std::optional<std::int64_t> asked_seconds(const os::HttpResponse& response, std::int64_t now_unix_ms) {
  if (const auto limit = response.headers.find("RateLimit"); limit && response.status == 429) {
    const auto left = parameter(*limit, "r");
    if (left == 0) {
      if (const auto seconds = parameter(*limit, "t")) return seconds;
    }
  }
  const auto after = response.headers.find("Retry-After");
  if (!after) return std::nullopt;
  if (const auto seconds = leading_number(*after)) return seconds;
  const auto when = parse_http_date(*after);
  if (!when) return std::nullopt;
  const auto date = parse_http_date(response.headers.find("Date").value_or(""));
  const std::int64_t now = date.value_or(now_unix_ms);
  return std::clamp<std::int64_t>((*when - now + 999) / 1000, 0, kAskedSecondsMax);
}

}  // namespace

Failure failure_of(const Error& error) {
  Failure failure{.asked = error.retry_after};
  if (error.code == ErrorCode::kNetwork) {
    failure.kind = error.os_error == ENOTCONN ? Failure::Kind::kNotSent : Failure::Kind::kNoWholeReply;
  } else if (error.http_status != 0) {
    failure.kind = Failure::Kind::kStatus;
    failure.status = error.http_status;
    failure.conflicting_operation = error.http_status == 409 && error.code == ErrorCode::kUnavailable;
  }
  return failure;
}

Decision decide(const RetryPolicy& policy, CallKind kind, const Failure& failure, int attempt,
                os::Millis waited, double dice) {
  if (!passes(failure)) return {.why = GiveUp::kFinal};
  if (kind == CallKind::kUnsafeWrite && !surely_not_done(failure)) return {.why = GiveUp::kMayBeDone};
  if (failure.asked && waited + *failure.asked > policy.waits_max) return {.why = GiveUp::kWaitTooLong};
  if (attempt > policy.retries_max) return {.why = GiveUp::kAttemptsUsed};
  return {.wait = failure.asked.value_or(plain_wait(policy, attempt, dice))};
}

std::optional<os::Millis> asked_wait(const os::HttpResponse& response, std::int64_t now_unix_ms) {
  const auto seconds = asked_seconds(response, now_unix_ms);
  return seconds ? std::optional(os::Millis((*seconds + 1) * 1000)) : std::nullopt;
}

}  // namespace slipway::hub
