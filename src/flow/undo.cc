#include "flow/undo.h"

#include "flow/set_aside.h"
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
  SLIPWAY_ASSIGN(const Ledger ledger, fold(journal.records()));
  SLIPWAY_ASSIGN(InPlace::Undone undone, in_place.undo());
  SLIPWAY_TRY(SetAside(world.files, run, state.paths(), journal).take_back(undone));
  const bool changed = !ledger.originals.empty() || !ledger.aside.empty();
  if (changed && undone.left.empty())
    SLIPWAY_TRY(journal.append(RecordType::kRestored, json::Value::object()));
  return undone;
}

}  // namespace slipway::flow
