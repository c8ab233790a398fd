// flow/fetch_all.h - many files at once: files and their parts share one budget of jobs.
//
// Contract   A thread stays with its file, so that the bytes come in the order of the digest; where no file
//            is left to begin, it helps the one that has most parts left. The largest files begin first.
// Limits     `jobs` requests at a time; memory as flow/fetch_file.h for each
// Threads    one thread calls; the files are fetched through the Executor
// Errors     the first failure, once all that was in flight has ended
#pragma once

#include <vector>

#include "flow/fetch_file.h"

namespace slipway::flow {

Result<void> fetch_all(os::World& world, hub::Client& client, std::vector<FetchJob> jobs_to_do,
                       const FetchMeter& meter, std::size_t jobs);

}  // namespace slipway::flow
