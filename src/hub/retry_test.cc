#include "hub/retry.h"

#include <algorithm>
#include <cerrno>

#include <gtest/gtest.h>

namespace slipway::hub {
namespace {

using enum CallKind;
using Kind = Failure::Kind;
using os::Millis;

constexpr CallKind kKinds[] = {kRead, kIdempotentWrite, kUnsafeWrite};
constexpr int kPassing[] = {408, 429, 500, 502, 503, 504};

bool retried(CallKind kind, const Failure& failure) {
  const Decision decision = decide({}, kind, failure, 1, Millis(0), 0.5);
  EXPECT_EQ(decision.wait.has_value(), decision.why == GiveUp::kNone);
  return decision.wait.has_value();
}

TEST(Retry, EveryStatusIsDecidedForEveryKindOfCall) {
  for (int status = 100; status < 600; ++status) {
    const bool passing = std::ranges::find(kPassing, status) != std::end(kPassing);
    const Failure failure{.kind = Kind::kStatus, .status = status};
    EXPECT_EQ(retried(kRead, failure), passing) << status;
    EXPECT_EQ(retried(kIdempotentWrite, failure), passing) << status;
    EXPECT_EQ(retried(kUnsafeWrite, failure), status == 429) << status;
  }
}

TEST(Retry, TheReasonOfGivingUpIsTold) {
  struct Row {
    CallKind kind;
    Failure failure;
    GiveUp why;
  };
  const Row rows[] = {
      {kRead, {.kind = Kind::kStatus, .status = 404}, GiveUp::kFinal},
      {kRead, {.kind = Kind::kStatus, .status = 501}, GiveUp::kFinal},
      {kRead, {.kind = Kind::kOurs}, GiveUp::kFinal},
      {kUnsafeWrite, {.kind = Kind::kStatus, .status = 409}, GiveUp::kFinal},
      {kUnsafeWrite, {.kind = Kind::kStatus, .status = 500}, GiveUp::kMayBeDone},
      {kUnsafeWrite, {.kind = Kind::kNoWholeReply}, GiveUp::kMayBeDone},
      {kRead, {.kind = Kind::kStatus, .status = 429, .asked = Millis(361'000)}, GiveUp::kWaitTooLong},
  };
  for (const Row& row : rows) {
    const Decision decision = decide({}, row.kind, row.failure, 1, Millis(0), 0);
    EXPECT_EQ(decision.why, row.why);
    EXPECT_FALSE(decision.wait);
  }
}

TEST(Retry, WhatNeverLeftIsSentAgainWhateverItIs) {
  for (const CallKind kind : kKinds) {
    EXPECT_TRUE(retried(kind, {.kind = Kind::kNotSent}));
    EXPECT_FALSE(retried(kind, {.kind = Kind::kOurs}));
    EXPECT_TRUE(retried(kind, {.kind = Kind::kStatus, .status = 409, .conflicting_operation = true}));
  }
  EXPECT_TRUE(retried(kRead, {.kind = Kind::kNoWholeReply}));
  EXPECT_TRUE(retried(kIdempotentWrite, {.kind = Kind::kNoWholeReply}));
}

TEST(Retry, WaitsDoubleToTheLimitAndAreSpread) {
  const Failure failure{.kind = Kind::kStatus, .status = 503};
  const std::int64_t wholes[] = {1000, 2000, 4000, 8000, 8000};
  for (int attempt = 1; attempt <= 5; ++attempt) {
    const std::int64_t whole = wholes[attempt - 1];
    EXPECT_EQ(decide({}, kRead, failure, attempt, Millis(0), 0).wait, Millis(whole / 2));
    EXPECT_EQ(decide({}, kRead, failure, attempt, Millis(0), 0.5).wait, Millis(whole * 3 / 4));
  }
  EXPECT_EQ(decide({}, kRead, failure, 6, Millis(0), 0).why, GiveUp::kAttemptsUsed);
}

TEST(Retry, ANamedWaitIsTakenAsLongAsAllWaitsStayWithinTheLimit) {
  Failure failure{.kind = Kind::kStatus, .status = 429, .asked = Millis(301'000)};
  EXPECT_EQ(decide({}, kRead, failure, 1, Millis(0), 0.9).wait, Millis(301'000));
  EXPECT_EQ(decide({}, kRead, failure, 5, Millis(59'000), 0.9).wait, Millis(301'000));
  EXPECT_EQ(decide({}, kRead, failure, 2, Millis(59'001), 0.9).why, GiveUp::kWaitTooLong);
  failure.asked = Millis(1'000);
  EXPECT_EQ(decide({}, kRead, failure, 6, Millis(0), 0).why, GiveUp::kAttemptsUsed);
}

TEST(Retry, AnErrorSaysWhatCameOfTheAttempt) {
  EXPECT_EQ(failure_of({.code = ErrorCode::kNetwork, .os_error = ENOTCONN}).kind, Kind::kNotSent);
  EXPECT_EQ(failure_of({.code = ErrorCode::kNetwork}).kind, Kind::kNoWholeReply);
  EXPECT_EQ(failure_of({.code = ErrorCode::kNoSpace}).kind, Kind::kOurs);
  EXPECT_EQ(failure_of({.code = ErrorCode::kRefused}).kind, Kind::kOurs);
  EXPECT_EQ(failure_of({.code = ErrorCode::kUnavailable, .http_status = 503}).status, 503);
  EXPECT_TRUE(failure_of({.code = ErrorCode::kUnavailable, .http_status = 409}).conflicting_operation);
  EXPECT_FALSE(failure_of({.code = ErrorCode::kAlreadyExists, .http_status = 409}).conflicting_operation);
}

struct Asked {
  int status;
  os::Headers headers;
  std::optional<std::int64_t> seconds;
};

TEST(Retry, ReadsTheWaitInEverySpelling) {
  constexpr std::int64_t kNow = 784'111'777'000;  // Sun, 06 Nov 1994 08:49:37 GMT
  const Asked rows[] = {
      {503, {}, std::nullopt},
      {503, {{"Retry-After", "7"}}, 8},
      {503, {{"Retry-After", " 0 "}}, 1},
      {503, {{"Retry-After", "1800"}}, 1801},
      {503, {{"Retry-After", "-1"}}, std::nullopt},
      {503, {{"Retry-After", "7x"}}, std::nullopt},
      {503, {{"Retry-After", "99999999999999999999"}}, std::nullopt},
      {503, {{"Retry-After", "Sun, 06 Nov 1994 08:50:07 GMT"}}, 31},
      {503, {{"Retry-After", "Sunday, 06-Nov-94 08:50:07 GMT"}}, 31},
      {503, {{"Retry-After", "Sun Nov  6 08:50:07 1994"}}, 31},
      {503, {{"Retry-After", "Sun, 06 Nov 1994 08:00:00 GMT"}}, 1},
      {503, {{"Retry-After", "Sun, 06 Nov 1994 08:50:07 GMT"}, {"Date", "Sun, 06 Nov 1994 08:50:00 GMT"}}, 8},
      {429, {{"RateLimit", "\"api\";r=0;t=30"}}, 31},
      {429, {{"RateLimit", "\"api\"; r=0; t=30"}}, 31},
      {429, {{"RateLimit", "\"api\";t=30;r=0"}}, 31},
      {429, {{"RateLimit", "\"api\";r=0;t=30"}, {"Retry-After", "7"}}, 31},
      {429, {{"RateLimit", "\"api\";r=5;t=30"}}, std::nullopt},
      {429, {{"RateLimit", "\"api\";r=05"}}, std::nullopt},
      {429, {{"RateLimit", "\"api\";r=0"}, {"Retry-After", "7"}}, 8},
      {200, {{"RateLimit", "\"api\";r=0;t=30"}}, std::nullopt},
      {429, {{"RateLimit", "nonsense"}}, std::nullopt},
  };
  for (const Asked& row : rows) {
    const auto wait = asked_wait({.status = row.status, .headers = row.headers}, kNow);
    const auto expected = row.seconds ? std::optional(Millis(*row.seconds * 1000)) : std::nullopt;
    EXPECT_EQ(wait, expected) << (row.headers.rows().empty() ? "" : row.headers.rows()[0].second);
  }
}

}  // namespace
}  // namespace slipway::hub
