// flow/ranks.h - N copies of one command, started by torchrun, srun or mpirun: rank 0 works, the others wait.
//
// Contract   Rank 0 holds a lock while it works and leaves its result beside it, under a name made from the
//            launcher's run id. The others give back what it left. A result of an earlier launch is never
//            taken: one that began before this launcher did is stale, and one that ended before this process
//            began counts only after kRankGrace without a rank 0 at work.
// Limits     rank 0 must begin within the caller's limit (10 minutes); its death is seen within kRankPoll
// Errors     of the others: rank 0's; kUnavailable (75) where it did not begin or died without a result
// Threads    one thread
// Source     docs/ranks.md
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "os/world.h"
#include "slipway/result.h"

namespace slipway::flow {

inline constexpr auto kRankVariables = std::to_array<std::string_view>(
    {"RANK", "SLURM_PROCID", "OMPI_COMM_WORLD_RANK", "PMI_RANK", "PMIX_RANK"});
inline constexpr os::Millis kRankPoll{200}, kRankGrace{5'000}, kRankTimeout{600'000};

struct Rank {
  int number = 0;
  std::string variable{};  // "RANK": where the number was read
  std::string launch{};    // names this launch, in letters that fit a file's name
  bool unique = false;     // no other launch has had or will have that name
};
// nullopt: nobody launched several copies. kInvalidArgument for a rank that is no number.
Result<std::optional<Rank>> find_rank(const os::Environment& environment);

// What `work` gives, with its result left for the other ranks while the lock is held. A folder that is not
// there is `work`'s business.
Result<void> work_as_rank_zero(os::World& world, const os::Path& run, const Rank& rank,
                               const std::function<Result<void>()>& work);

// Of ranks above 0: rank 0's result.
Result<void> wait_for_rank_zero(os::World& world, const os::Path& run, const Rank& rank, os::Millis timeout);

}  // namespace slipway::flow
