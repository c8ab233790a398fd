// flow/status.h - what a run's state holds: who is at work, what was changed in place, what is unfinished.
//
// Contract   Nothing is changed; whether somebody holds the lock is asked by taking it for a moment. Of a run
//            whose checkpoint stands for it, the checkpoint's state where the run has none of its own.
// Threads    one thread
// Errors     kNotFound (neither the folder nor an unfinished one of its name); as Journal::read
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "os/world.h"
#include "slipway/result.h"

namespace slipway::flow {

// What a command with --out left in DIR.partial.
struct Unfinished {
  os::Path folder{};
  std::vector<std::string> files{};  // that are whole and are not written again
};

struct Status {
  os::Path state{};                    // the folder; "" where there is none
  std::string held_by{};               // host and process; "" when nobody is at work
  bool interrupted = false;            // changes were staged, and did not all take their places
  std::vector<std::string> changed{};  // files of which the originals are kept
  std::vector<std::string> made{};     // files that were not there
  std::vector<std::string> aside{};    // weight files that were moved away
  std::size_t digests = 0;             // of files that need not be read again while they are as they were
  std::optional<Unfinished> unfinished{};
};
Result<Status> read_status(os::World& world, const os::Path& given);

}  // namespace slipway::flow
