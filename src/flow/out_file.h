// flow/out_file.h - one file of a release written in one pass: read, scanned, digested, synced, read back.
//
// Threads    one caller each
// Errors     kCorruptData (reads back different), kNoSpace, kChanged, kIo
#pragma once

#include <string>
#include <vector>

#include "flow/out_folder.h"
#include "flow/read_ahead.h"
#include "os/world.h"
#include "release/secrets.h"

namespace slipway::flow {

struct PassedFile {
  FileDigest digest{};
  std::vector<std::string> bad{};  // tensors that are not finite
  release::FoundSecrets secrets{};
};

// Writes `file` to `path`, which must not exist.
Result<PassedFile> write_file_once(os::World& world, const run::RunFacts& run,
                                   const release::PlannedFile& file, const os::Path& path, bool digests,
                                   Pace pace, Observer& observer);

// The same pass without writing: compares with what `path` holds; nullopt as soon as they differ.
Result<std::optional<PassedFile>> compare_file_once(os::World& world, const run::RunFacts& run,
                                                    const release::PlannedFile& file, const os::Path& path,
                                                    bool digests, Observer& observer);

}  // namespace slipway::flow
