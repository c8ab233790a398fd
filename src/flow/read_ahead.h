// flow/read_ahead.h - a file's bytes in stretches: each read, then used; or the next read while one is used.
//
// Contract   `fill` and `use` each see every stretch once, in order. Ahead they are on two threads, and may
//            share nothing but the bytes; in turn a stretch is so short that it stays in a core's cache.
// Limits     memory: 2 stretches ahead, 1 in turn
// Errors     the first of either; that of `use` where both fail
#pragma once

#include <functional>

#include "slipway/bytes.h"
#include "slipway/executor.h"
#include "slipway/result.h"

namespace slipway::flow {

enum class Pace { kInTurn, kAhead };

inline constexpr std::size_t kTurnBytes = 128u << 10;
inline constexpr std::size_t kAheadBytes = 2u << 20;

using Fill = std::function<Result<void>(std::uint64_t at, MutableBytes stretch)>;
using Use = std::function<Result<void>(std::uint64_t at, Bytes stretch)>;

Result<void> in_stretches(os::Executor& executor, Pace pace, std::uint64_t size_bytes, const Fill& fill,
                          const Use& use);

}  // namespace slipway::flow
