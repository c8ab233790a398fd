#include "flow/set_aside.h"

#include <fmt/format.h>

#include "flow/in_run.h"
#include "os/path.h"

namespace slipway::flow {

// A journal may have been moved away and begun anew, and what it had put here not.
Result<std::string> SetAside::free_name(const std::string& base) {
  for (std::size_t number = journal_.records().size();; ++number) {
    std::string name = fmt::format("{}-{}", number, base);
    SLIPWAY_ASSIGN(const bool taken, os::exists(fs_, os::join(paths_.aside(), name)));
    if (!taken) return name;
  }
}

Result<void> SetAside::move(const std::vector<std::string>& files) {
  if (files.empty()) return {};
  SLIPWAY_TRY(os::make_dirs(fs_, paths_.aside()));
  for (const std::string& file : files) {
    SLIPWAY_TRY(check_in_run(fs_, run_, file));
    SLIPWAY_ASSIGN(const std::string name, free_name(os::base_name(file)));
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
    const auto stat = fs_.link_stat(lies);
    if (!stat && stat.error().code == ErrorCode::kNotFound) continue;  // it was never moved
    if (!stat) return std::unexpected(stat.error());
    SLIPWAY_TRY(check_in_run(fs_, run_, aside.path));
    SLIPWAY_ASSIGN(const bool taken, os::exists(fs_, target));
    if (taken || stat->kind != os::FileKind::kFile) {
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
