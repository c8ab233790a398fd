// flow/picked_run.h - the model that a command is given: a folder, or the checkpoint that stands for it.
//
// Contract   Of a folder of this machine the run or its checkpoint, as run/pick.h chooses, with the notes of
//            the choice among the problems; a repository is what loaders find at its root. `options` are
//            those given, for the folder that was chosen.
// Threads    value
// Errors     kNotFound naming the folder and `way_out`; as run::inspect
#pragma once

#include "flow/publish.h"
#include "run/run.h"

namespace slipway::flow {

struct PickedRun {
  PublishOptions options{};
  run::RunFacts run{};
};
Result<PickedRun> pick_run(os::World& world, os::FileSystem& files, const PublishOptions& options,
                           std::string_view way_out);

// `options` for the folder of `facts`, which was chosen in the one they name.
PublishOptions options_for(const PublishOptions& options, const os::Path& folder);

}  // namespace slipway::flow
