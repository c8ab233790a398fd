// flow/state_folder.h - where a run's journal, originals, lock and temporaries live.
//
// Contract   RUN/.cache/huggingface/slipway/, where stock tools do not upload it; when RUN is read-only,
//            $XDG_STATE_HOME/slipway/<hash of RUN>/. One process at a time holds it.
// Threads    one thread
// Errors     kBusy naming host and process; kRefused for a state folder that a link leads elsewhere
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "os/world.h"
#include "slipway/result.h"

namespace slipway::flow {

struct StatePaths {
  os::Path folder{};
  bool inside_run = true;  // false: RUN cannot be written, its files neither
  os::Path journal() const { return folder + "/journal"; }
  os::Path lock() const { return folder + "/lock"; }
  os::Path originals() const { return folder + "/originals"; }
  os::Path aside() const { return folder + "/aside"; }
  os::Path staging() const { return folder + "/staging"; }
};

// kInvalidArgument where `folder` is something else; `way_out` follows in the message.
Result<void> require_folder(os::FileSystem& files, const os::Path& folder, std::string_view way_out);

class StateFolder {
 public:
  // Makes the folder, takes the lock, clears temporaries of earlier crashes.
  static Result<StateFolder> open(os::World& world, const os::Path& run);
  const StatePaths& paths() const { return paths_; }

 private:
  StatePaths paths_{};
  std::unique_ptr<os::FileLock> lock_{};
};

// Where the state would be, without touching anything.
StatePaths state_inside(const os::Path& run);
Result<StatePaths> state_elsewhere(os::World& world, const os::Path& run);

}  // namespace slipway::flow
