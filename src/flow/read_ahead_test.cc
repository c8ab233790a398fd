#include "flow/read_ahead.h"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <thread>

#include "os/thread_executor.h"
#include "os/virtual_executor.h"

namespace slipway::flow {
namespace {

constexpr std::uint64_t kSizes[] = {
    0, 1, kTurnBytes, kTurnBytes + 1, kAheadBytes, kAheadBytes + 1, 3 * kAheadBytes, 3 * kAheadBytes + 7};

std::byte nth(std::uint64_t at) { return std::byte(at * 2654435761u >> 24); }

// Whether `use` was given every byte once, in order.
::testing::AssertionResult passes_all(os::Executor& executor, Pace pace, std::uint64_t size_bytes) {
  std::uint64_t filled = 0;
  std::uint64_t used = 0;
  bool right = true;
  const auto fill = [&](std::uint64_t at, MutableBytes stretch) -> Result<void> {
    right = right && at == filled;
    for (std::size_t i = 0; i < stretch.size(); ++i) stretch[i] = nth(at + i);
    filled += stretch.size();
    return {};
  };
  const auto use = [&](std::uint64_t at, Bytes stretch) -> Result<void> {
    bool same = at == used;
    for (std::size_t i = 0; i < stretch.size(); ++i) same = same && stretch[i] == nth(at + i);
    used += stretch.size();
    return same ? Result<void>() : fail(ErrorCode::kInternal, "other bytes");
  };
  const auto done = in_stretches(executor, pace, size_bytes, fill, use);
  if (done && right && filled == size_bytes && used == size_bytes) return ::testing::AssertionSuccess();
  return ::testing::AssertionFailure()
         << size_bytes << " bytes: " << filled << " filled, " << used << " used";
}

// What is said where `fill` fails at `bad_fill` and `use` at `bad_use`.
std::string said(os::Executor& executor, std::uint64_t bad_fill, std::uint64_t bad_use) {
  const auto fill = [&](std::uint64_t at, MutableBytes) {
    return at == bad_fill ? fail(ErrorCode::kIo, "fill") : Result<void>();
  };
  const auto use = [&](std::uint64_t at, Bytes) {
    return at == bad_use ? fail(ErrorCode::kIo, "use") : Result<void>();
  };
  const auto done = in_stretches(executor, Pace::kAhead, 4 * kAheadBytes, fill, use);
  return done ? "" : done.error().message;
}

TEST(ReadAhead, EveryByteIsUsedOnceInOrder) {
  os::ThreadExecutor threads;
  for (const std::uint64_t size : kSizes) {
    EXPECT_TRUE(passes_all(threads, Pace::kInTurn, size));
    EXPECT_TRUE(passes_all(threads, Pace::kAhead, size));
  }
}

TEST(ReadAhead, OneThreadInAnyOrderGivesTheSame) {
  for (std::uint64_t seed = 1; seed <= 16; ++seed) {
    os::VirtualClock clock;
    os::VirtualExecutor one(clock, seed);
    EXPECT_TRUE(passes_all(one, Pace::kAhead, 5 * kAheadBytes + 1));
  }
}

TEST(ReadAhead, TheFirstErrorEndsIt) {
  os::ThreadExecutor threads;
  EXPECT_EQ(said(threads, 0, 1), "fill");
  EXPECT_EQ(said(threads, kAheadBytes, 1), "fill");
  EXPECT_EQ(said(threads, 1, 3 * kAheadBytes), "use");
  EXPECT_EQ(said(threads, kAheadBytes, 0), "use");  // both fail at once
  EXPECT_EQ(said(threads, 2 * kAheadBytes, 2 * kAheadBytes), "fill");
  EXPECT_EQ(said(threads, 1, 1), "");
}

TEST(ReadAhead, OnlyALongFileTakesASecondThread) {
  os::ThreadExecutor executor;
  const auto threads_of = [&](Pace pace, std::uint64_t size_bytes) {
    std::set<std::thread::id> fillers;
    std::set<std::thread::id> users;
    const auto fill = [&](std::uint64_t, MutableBytes) {
      return fillers.insert(std::this_thread::get_id()), Result<void>();
    };
    const auto use = [&](std::uint64_t, Bytes) {
      return users.insert(std::this_thread::get_id()), Result<void>();
    };
    EXPECT_TRUE(in_stretches(executor, pace, size_bytes, fill, use));
    fillers.merge(users);
    return fillers.size();
  };
  EXPECT_EQ(threads_of(Pace::kInTurn, 4 * kAheadBytes), 1u);
  EXPECT_EQ(threads_of(Pace::kAhead, kAheadBytes), 1u);
}

}  // namespace
}  // namespace slipway::flow
