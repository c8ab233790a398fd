#include "flow/undo.h"

#include "flow/set_aside.h"
#include "flow/state_folder.h"
#include "os/path.h"
#include "run/pick.h"

namespace slipway::flow {

Result<os::Path> folder_with_state(os::FileSystem& files, const os::Path& run) {
  const auto is_known = [&](const os::Path& folder) -> Result<bool> {
    SLIPWAY_ASSIGN(const auto records, Journal::read(files, state_inside(folder).journal()));
    return !records.empty();
  };
  SLIPWAY_ASSIGN(const bool own, is_known(run));
  if (own) return run;
  SLIPWAY_ASSIGN(const run::Picked picked, run::pick(files, run));
  SLIPWAY_ASSIGN(const bool of_checkpoint, is_known(picked.folder));
  if (of_checkpoint) return picked.folder;
  SLIPWAY_ASSIGN(const bool begun, os::exists(files, state_inside(run).lock()));
  return begun ? run : os::Path();
}

Result<InPlace::Undone> undo(os::World& world, const os::Path& given) {
  SLIPWAY_TRY(require_folder(world.files, given, "give the run's"));
  SLIPWAY_ASSIGN(const os::Path run, folder_with_state(world.files, given));
  if (run.empty()) return InPlace::Undone{};
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
