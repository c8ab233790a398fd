// server/three_way.h - two sets of files that grew from one, put together path by path.
//
// Contract   A path that one side alone changed takes that side's row; changed by both alike, either. Else
//            it is a conflict, and so is a path that would be a file and a folder. Contents are not merged.
// Threads    value
#pragma once

#include <string>
#include <vector>

#include "server/git_ids.h"

namespace slipway::server {

struct ThreeWay {
  Files files{};
  std::vector<std::string> conflicts{};  // in order; empty: `files` is the result
};
ThreeWay merge_files(const Files& base, const Files& ours, const Files& theirs);

}  // namespace slipway::server
