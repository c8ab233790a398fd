#include "flow/picked_run.h"

#include "flow/state_folder.h"
#include "run/pick.h"

namespace slipway::flow {

PublishOptions options_for(const PublishOptions& options, const os::Path& folder) {
  PublishOptions chosen = options;
  if (folder != options.run) chosen.around = options.run;
  chosen.run = folder;
  return chosen;
}

Result<PickedRun> pick_run(os::World& world, os::FileSystem& files, const PublishOptions& options,
                           std::string_view way_out) {
  SLIPWAY_TRY(require_folder(files, options.run, way_out));
  const bool is_remote = &files != &world.files;
  SLIPWAY_ASSIGN(run::RunFacts facts, is_remote
                                          ? run::inspect(files, options.run, options.followed_links)
                                          : run::inspect_picked(files, options.run, options.followed_links));
  PublishOptions chosen = options_for(options, facts.folder);
  return PickedRun{.options = std::move(chosen), .run = std::move(facts)};
}

}  // namespace slipway::flow
