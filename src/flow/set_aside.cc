#include "flow/set_aside.h"

#include <fmt/format.h>

#include "os/path.h"

namespace slipway::flow {

Result<void> SetAside::move(const std::vector<std::string>& files) {
  if (files.empty()) return {};
  SLIPWAY_TRY(os::make_dirs(fs_, paths_.aside()));
  for (const std::string& file : files) {
    const std::string name = fmt::format("{}-{}", journal_.records().size(), os::base_name(file));
    SLIPWAY_TRY(journal_.append(RecordType::kAside, to_json(Aside{.path = file, .name = name})));
    const os::Path from = os::join(run_, file);
    SLIPWAY_TRY(fs_.rename(from, os::join(paths_.aside(), name)));
    SLIPWAY_TRY(fs_.sync_dir(paths_.aside()));
    SLIPWAY_TRY(fs_.sync_dir(os::parent(from)));
  }
  return {};
}

Result<void> SetAside::take_back(InPlace::Undone& undone) {
  SLIPWAY_ASSIGN(const Ledger ledger, fold(journal_.records()));
  for (const Aside& aside : ledger.aside) {
    const os::Path lies = os::join(paths_.aside(), aside.name);
    const os::Path target = os::join(run_, aside.path);
    SLIPWAY_ASSIGN(const bool moved, os::exists(fs_, lies));
    if (!moved) continue;
    SLIPWAY_ASSIGN(const bool taken, os::exists(fs_, target));
    if (taken) {
      undone.left.push_back(aside.path);
      continue;
    }
    SLIPWAY_TRY(fs_.rename(lies, target));
    SLIPWAY_TRY(fs_.sync_dir(os::parent(target)));
    undone.restored.push_back(aside.path);
  }
  return {};
}

}  // namespace slipway::flow
