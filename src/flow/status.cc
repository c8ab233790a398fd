#include "flow/status.h"

#include <fmt/format.h>

#include "flow/ledger.h"
#include "flow/out_folder.h"
#include "flow/state_folder.h"
#include "flow/undo.h"
#include "os/path.h"

namespace slipway::flow {
namespace {

constexpr std::uint64_t kLockTextBytesMax = 4096;

// The state in the run, else that of a run that cannot be written; nullopt where there is neither.
Result<std::optional<StatePaths>> find_state(os::World& world, const os::Path& given) {
  SLIPWAY_ASSIGN(const os::Path run, folder_with_state(world.files, given));
  if (!run.empty()) return state_inside(run);
  SLIPWAY_ASSIGN(StatePaths elsewhere, state_elsewhere(world, given));
  SLIPWAY_ASSIGN(const bool there, os::exists(world.files, elsewhere.journal()));
  return there ? std::optional(std::move(elsewhere)) : std::nullopt;
}

Result<std::string> holder(os::World& world, const StatePaths& paths) {
  SLIPWAY_ASSIGN(const bool there, os::exists(world.files, paths.lock()));
  if (!there) return std::string();
  const auto lock = world.files.lock(paths.lock());
  if (lock || lock.error().code != ErrorCode::kBusy) return std::string();
  const auto who = os::read_file(world.files, paths.lock(), kLockTextBytesMax);
  return who && !who->empty() ? *who : "another process";
}

Result<void> read_state(os::World& world, const StatePaths& paths, Status& status) {
  status.state = paths.folder;
  SLIPWAY_ASSIGN(status.held_by, holder(world, paths));
  SLIPWAY_ASSIGN(const auto records, Journal::read(world.files, paths.journal()));
  SLIPWAY_ASSIGN(const Ledger ledger, fold(records));
  status.interrupted = ledger.open_intent.has_value();
  status.digests = ledger.digests.size();
  for (const auto& [path, original] : ledger.originals)
    (original.made() ? status.made : status.changed).push_back(path);
  for (const Aside& one : ledger.aside) status.aside.push_back(one.path);
  return {};
}

Result<std::optional<Unfinished>> find_unfinished(os::FileSystem& files, const os::Path& out) {
  Unfinished found{.folder = unfinished_folder(out)};
  const os::Path journal = os::join(found.folder, kOutJournalName);
  SLIPWAY_ASSIGN(const bool there, os::exists(files, journal));
  if (!there) return std::nullopt;
  SLIPWAY_ASSIGN(const auto records, Journal::read(files, journal));
  SLIPWAY_ASSIGN(const Ledger ledger, fold(records));
  for (const auto& [path, digest] : ledger.digests) found.files.push_back(path);
  return found;
}

}  // namespace

Result<Status> read_status(os::World& world, const os::Path& given) {
  Status status;
  SLIPWAY_ASSIGN(status.unfinished, find_unfinished(world.files, given));
  const auto stat = world.files.stat(given);
  if (!stat && stat.error().code == ErrorCode::kNotFound && status.unfinished) return status;
  SLIPWAY_TRY(require_folder(world.files, given, "give a run's, or the one that --out named"));
  SLIPWAY_ASSIGN(const auto paths, find_state(world, given));
  if (paths) SLIPWAY_TRY(read_state(world, *paths, status));
  return status;
}

}  // namespace slipway::flow
