#include "flow/undo.h"

#include "flow/state_folder.h"
#include "os/path.h"

namespace slipway::flow {

Result<InPlace::Undone> undo(os::World& world, const os::Path& run) {
  SLIPWAY_TRY(require_folder(world.files, run, "give the run's"));
  SLIPWAY_ASSIGN(const bool known, os::exists(world.files, state_inside(run).journal()));
  if (!known) return InPlace::Undone{};
  SLIPWAY_ASSIGN(const StateFolder state, StateFolder::open(world, run));
  SLIPWAY_ASSIGN(Journal journal, Journal::open(world.files, state.paths().journal()));
  InPlace in_place(world.files, run, state.paths(), journal);
  SLIPWAY_ASSIGN(const auto finished, in_place.finish_intent());
  (void)finished;
  return in_place.undo();
}

}  // namespace slipway::flow
