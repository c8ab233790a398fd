#include "flow/read_ahead.h"

#include <algorithm>
#include <utility>

namespace slipway::flow {
namespace {

std::size_t stretch_at(std::uint64_t at, std::uint64_t size_bytes, std::size_t most) {
  return static_cast<std::size_t>(std::min<std::uint64_t>(most, size_bytes - at));
}

Result<void> in_turn(std::uint64_t size_bytes, const Fill& fill, const Use& use) {
  ByteVector buffer(stretch_at(0, size_bytes, kTurnBytes));
  for (std::uint64_t at = 0; at < size_bytes;) {
    const auto stretch = MutableBytes(buffer).first(stretch_at(at, size_bytes, kTurnBytes));
    SLIPWAY_TRY(fill(at, stretch));
    SLIPWAY_TRY(use(at, stretch));
    at += stretch.size();
  }
  return {};
}

Result<void> ahead(os::Executor& executor, std::uint64_t size_bytes, const Fill& fill, const Use& use) {
  ByteVector now(kAheadBytes);
  ByteVector next(kAheadBytes);
  SLIPWAY_TRY(fill(0, now));
  for (std::uint64_t at = 0; at < size_bytes;) {
    const Bytes held = Bytes(now).first(stretch_at(at, size_bytes, kAheadBytes));
    const std::uint64_t next_at = at + held.size();
    Result<void> used;
    Result<void> filled;
    std::vector<os::Executor::Task> tasks;
    tasks.emplace_back([&] { used = use(at, held); });
    tasks.emplace_back([&] {
      const auto room = MutableBytes(next).first(stretch_at(next_at, size_bytes, kAheadBytes));
      if (!room.empty()) filled = fill(next_at, room);
    });
    executor.run(std::move(tasks), 2);
    SLIPWAY_TRY(std::move(used));
    SLIPWAY_TRY(std::move(filled));
    std::swap(now, next);
    at = next_at;
  }
  return {};
}

}  // namespace

Result<void> in_stretches(os::Executor& executor, Pace pace, std::uint64_t size_bytes, const Fill& fill,
                          const Use& use) {
  if (pace == Pace::kInTurn || size_bytes <= kAheadBytes) return in_turn(size_bytes, fill, use);
  return ahead(executor, size_bytes, fill, use);
}

}  // namespace slipway::flow
