// inspect and undo.
#include <fmt/format.h>

#include "cli/session.h"
#include "flow/undo.h"
#include "run/inspect_json.h"
#include "run/pick.h"

namespace slipway::cli {

Result<void> run_inspect(Session& session) {
  SLIPWAY_ASSIGN(const run::RunFacts facts,
                 run::inspect_picked(session.world.files, session.arguments.positionals.front()));
  session.output.result(run::inspect_json(facts));
  session.output.print(run::inspect_text(facts));
  return {};
}

Result<void> run_undo(Session& session) {
  const std::string& folder = session.arguments.positionals.front();
  SLIPWAY_ASSIGN(const flow::InPlace::Undone undone, flow::undo(session.world, folder));
  for (const std::string& path : undone.restored) session.output.say(fmt::format("restored {}", path));
  for (const std::string& path : undone.removed) session.output.say(fmt::format("removed {}", path));
  if (!undone.left.empty()) {
    return fail(ErrorCode::kRefused,
                fmt::format("{} was changed by somebody since; it is left as it is, the rest is restored",
                            undone.left.front()));
  }
  const auto texts = [](const std::vector<std::string>& rows) {
    json::Value list = json::Value::array();
    for (const std::string& row : rows) list.push_back(row);
    return list;
  };
  const bool changed = !undone.restored.empty() || !undone.removed.empty();
  session.output.result(json::Value::object(
      {{"changed", changed}, {"restored", texts(undone.restored)}, {"removed", texts(undone.removed)}}));
  if (!changed) session.output.say("nothing to undo");
  return {};
}

}  // namespace slipway::cli
