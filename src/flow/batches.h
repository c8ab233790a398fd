// flow/batches.h - what one release sends, cut into commits that a Hub takes.
//
// Contract   Pure. Large files first, then small ones, deletions last: a reader between two visible commits
//            never lacks the weights that a small file names. One batch when all of it fits into one. The
//            manifest has room in the last.
// Limits     files and deletions of a commit, bytes of its inline content
// Threads    value
#pragma once

#include <string>
#include <vector>

#include "release/release.h"

namespace slipway::flow {

struct CommitLimits {
  std::size_t entries_max = 1000;
  std::uint64_t inline_bytes_max = 100'000'000;
};

struct Batch {
  std::vector<const release::PlannedFile*> regular{};  // inline
  std::vector<const release::PlannedFile*> large{};    // by LFS, uploaded already
  std::vector<std::string> deleted{};
  std::size_t entries() const { return regular.size() + large.size() + deleted.size(); }
};

// At least one, so that a manifest alone can be committed.
std::vector<Batch> cut_into_batches(const Batch& all, const CommitLimits& limits);

}  // namespace slipway::flow
