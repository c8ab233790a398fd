// Commands that a launcher starts once a rank.
#include "flow/ranks.h"

#include <fmt/format.h>

#include "cli/session.h"

namespace slipway::cli {
namespace {

constexpr std::uint64_t kRankSecondsMax = 7 * 24 * 3600;

Result<void> wait_as(const flow::Rank& rank, Session& session, const os::Path& folder) {
  constexpr auto kSeconds = static_cast<std::uint64_t>(flow::kRankTimeout.count() / 1000);
  SLIPWAY_ASSIGN(const std::uint64_t seconds,
                 session.arguments.number("rank-timeout", kSeconds, kRankSecondsMax));
  SLIPWAY_TRY(flow::wait_for_rank_zero(session.world, folder, rank,
                                       os::Millis(static_cast<std::int64_t>(seconds) * 1000)));
  session.output.result(json::Value::object({{"rank", rank.number}, {"changed", false}}));
  session.output.print(fmt::format("rank {}: rank 0 has done it", rank.number));
  return {};
}

}  // namespace

Result<void> once_for_all_ranks(Session& session, const os::Path& folder,
                                const std::function<Result<void>()>& work) {
  SLIPWAY_ASSIGN(const auto rank, flow::find_rank(session.world.environment));
  if (!rank || session.arguments.has("dry-run")) return work();
  if (rank->number > 0) return wait_as(*rank, session, folder);
  return flow::work_as_rank_zero(session.world, folder, *rank, work);
}

}  // namespace slipway::cli
