// doctor: what is wrong with a model, and its cure.
#include <algorithm>

#include <fmt/format.h>

#include "cli/findings.h"
#include "cli/progress.h"
#include "cli/session.h"

namespace slipway::cli {
namespace {

bool is_curable(const flow::Finding& finding) { return !finding.fix.empty(); }

std::string verdict(const flow::Diagnosis& diagnosis, const std::string& folder) {
  const auto curable = std::ranges::count_if(diagnosis.findings, is_curable);
  std::string text = fmt::format("{}: {}", folder, count_text(diagnosis.findings));
  if (curable > 0) text += fmt::format("; `slipway doctor {} --fix` mends {}", folder, curable);
  return text;
}

// Notes are no findings: they are in --json, and with -v.
void report(Session& session, const flow::Diagnosis& diagnosis) {
  report_findings(session.output, diagnosis.findings);
  session.output.also(json::Value::object({{"notes", findings_json(diagnosis.notes)}}));
  if (session.output.json() || !session.arguments.has("verbose")) return;
  for (const flow::Finding& note : diagnosis.notes) session.output.say(finding_text(note));
}

Result<void> conclude(Session& session, const flow::Diagnosis& diagnosis, const std::string& folder,
                      std::string_view when_clean) {
  report(session, diagnosis);
  if (!diagnosis.findings.empty()) return fail(ErrorCode::kCorruptData, verdict(diagnosis, folder));
  session.output.result(json::Value::object({{"changed", false}}));
  session.output.print(when_clean);
  return {};
}

Result<void> mend(Session& session, hub::Client& client, const flow::PublishOptions& options) {
  Progress progress(session.terminal, session.world.clock, session.progress);
  SLIPWAY_ASSIGN(const flow::Cure cure, flow::cure(session.world, client, options, progress));
  progress.finish();
  session.output.also(json::Value::object({{"fixes", fixes_json(cure.done.fixes)}}));
  session.output.print(fix_lines(cure.done.fixes));
  report(session, cure.remaining);
  if (!cure.remaining.findings.empty())
    return fail(ErrorCode::kCorruptData, fmt::format("{}: {} left that need a hand", options.run,
                                                     count_text(cure.remaining.findings)));
  session.output.result(json::Value::object({{"changed", cure.done.changed}}));
  session.output.print(cure.done.changed ? "mended; `slipway undo` takes it back" : "nothing to mend");
  return {};
}

}  // namespace

Result<void> run_doctor(Session& session) {
  SLIPWAY_ASSIGN(const flow::PublishOptions options, publish_options(session));
  SLIPWAY_ASSIGN(hub::ClientOptions hub_options, client_options(session));
  hub::Client client(session.world, std::move(hub_options));
  if (session.arguments.has("fix")) return mend(session, client, options);
  SLIPWAY_ASSIGN(const flow::Diagnosis diagnosis,
                 flow::examine(session.world, session.world.files, client, options));
  return conclude(session, diagnosis, options.run, "no known defect");
}

}  // namespace slipway::cli
