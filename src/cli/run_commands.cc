// inspect, undo and status.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/session.h"
#include "flow/status.h"
#include "flow/undo.h"
#include "run/inspect_json.h"
#include "run/pick.h"

namespace slipway::cli {
namespace {

json::Value texts(const std::vector<std::string>& rows) {
  json::Value list = json::Value::array();
  for (const std::string& row : rows) list.push_back(row);
  return list;
}

json::Value text_or_null(const std::string& text) { return text.empty() ? json::Value() : json::Value(text); }

json::Value status_json(const flow::Status& status) {
  json::Value unfinished;
  if (status.unfinished)
    unfinished = json::Value::object(
        {{"folder", status.unfinished->folder}, {"files", texts(status.unfinished->files)}});
  return json::Value::object({{"state", text_or_null(status.state)},
                              {"held_by", text_or_null(status.held_by)},
                              {"interrupted", status.interrupted},
                              {"changed", texts(status.changed)},
                              {"made", texts(status.made)},
                              {"aside", texts(status.aside)},
                              {"digests", status.digests},
                              {"unfinished", std::move(unfinished)}});
}

std::string status_text(const flow::Status& status, const std::string& given) {
  std::vector<std::string> lines;
  const auto add = [&](std::string_view name, const std::string& text) {
    lines.push_back(fmt::format("{:<11} {}", name, text));
  };
  const auto list = [&](std::string_view name, const std::vector<std::string>& files) {
    if (!files.empty()) add(name, fmt::format("{}", fmt::join(files, ", ")));
  };
  if (status.unfinished)
    add("unfinished",
        fmt::format("{}, with {} whole file{}: the same command goes on there", status.unfinished->folder,
                    status.unfinished->files.size(), status.unfinished->files.size() == 1 ? "" : "s"));
  if (status.state.empty())
    return lines.empty() ? fmt::format("nothing was changed in {}", given) : lines.front();
  add("state", status.state);
  add("held by", status.held_by.empty() ? "nobody" : status.held_by);
  if (status.interrupted) add("interrupted", "changes were being made: the same command finishes them");
  list("changed", status.changed);
  list("made", status.made);
  list("moved away", status.aside);
  const bool undoable = !status.changed.empty() || !status.made.empty() || !status.aside.empty();
  add("undo", undoable ? fmt::format("`slipway undo {}` takes it back", given) : "nothing to take back");
  return fmt::format("{}", fmt::join(lines, "\n"));
}

}  // namespace

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
  const bool changed = !undone.restored.empty() || !undone.removed.empty();
  session.output.result(json::Value::object(
      {{"changed", changed}, {"restored", texts(undone.restored)}, {"removed", texts(undone.removed)}}));
  if (!changed) session.output.say("nothing to undo");
  return {};
}

Result<void> run_status(Session& session) {
  const std::string& given = session.arguments.positionals.front();
  SLIPWAY_ASSIGN(const flow::Status status, flow::read_status(session.world, given));
  session.output.result(status_json(status));
  session.output.print(status_text(status, given));
  return {};
}

}  // namespace slipway::cli
