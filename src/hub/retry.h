// hub/retry.h - whether a call that failed is sent again, and after which wait: one pure function.
//
// Contract   What may have been done is sent again only when doing it twice is harmless. A 429, a request
//            that never left, and a create that met another one (409) were not done: always sent again.
// Limits     five retries; 1 s doubling to 8 s, spread over [half, whole]; a wait that the server names is
//            taken as it is, as long as all waits of one call stay within six minutes (a window of rate
//            limits is five)
// Source     huggingface_hub http_backoff: the same statuses, retries and waits; docs/wire/client.md says
//            where we differ
// Threads    value
#pragma once

#include <optional>
#include <string_view>

#include "slipway/executor.h"
#include "slipway/http.h"
#include "slipway/result.h"

namespace slipway::hub {

struct RetryPolicy {
  int retries_max = 5;
  os::Millis delay_first{1'000};
  os::Millis delay_max{8'000};
  os::Millis waits_max{360'000};  // of one call, together
};

enum class CallKind {
  kRead,
  kIdempotentWrite,  // the same bytes, the same name: twice is once
  kUnsafeWrite,      // create, commit, delete, move, merge
};

// What came of one attempt.
struct Failure {
  enum class Kind { kNotSent, kNoWholeReply, kStatus, kOurs };
  Kind kind = Kind::kOurs;             // kOurs: not the network's doing, such as a full disk
  int status = 0;                      // of kStatus
  std::optional<os::Millis> asked{};   // the wait that the server named
  bool conflicting_operation = false;  // of a 409: another operation was in progress, nothing was done
};
Failure failure_of(const Error& error);

enum class GiveUp {
  kNone,
  kFinal,         // it would fail again
  kMayBeDone,     // an unsafe write that perhaps was done
  kAttemptsUsed,  // failed as often as the policy allows
  kWaitTooLong,   // the server names a wait beyond the policy
};
struct Decision {
  std::optional<os::Millis> wait{};  // send again after that
  GiveUp why = GiveUp::kNone;        // when there is no wait
};
// `attempt` is 1 for the first failure; `waited`: the waits of this call so far; 0 <= dice < 1.
Decision decide(const RetryPolicy& policy, CallKind kind, const Failure& failure, int attempt,
                os::Millis waited, double dice);

// The wait that an answer names: Retry-After (seconds or a date, counted from the answer's own Date, else
// from `now_unix_ms`), or of a 429 RateLimit's `t` when nothing is left of the window; a second more,
// as stock clients wait.
std::optional<os::Millis> asked_wait(const os::HttpResponse& response, std::int64_t now_unix_ms);

}  // namespace slipway::hub
