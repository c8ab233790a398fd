// flow/hub_limits.h - what the Hub takes of files and folders, known before anything is sent.
//
// Contract   A file that no upload could ever bring there is refused; what is only advised against is told.
// Limits     500 GB a file; advised: 200 GB a file, 10,000 entries in a folder, 100,000 files
// Errors     kRefused naming the file
// Threads    value
// Source     the Hub's documentation of its storage limits
#pragma once

#include <string>
#include <vector>

#include "release/release.h"

namespace slipway::flow {

// What is advised against, one sentence each.
Result<std::vector<std::string>> check_hub_limits(const std::vector<release::PlannedFile>& files);

}  // namespace slipway::flow
