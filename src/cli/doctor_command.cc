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

void report(Session& session, const flow::Diagnosis& diagnosis) {
  report_findings(session.output, diagnosis.findings);
  report_notes(session.output, diagnosis.notes, session.arguments.has("verbose"));
}

Result<void> conclude(Session& session, const flow::Diagnosis& diagnosis, const std::string& folder,
                      std::string_view when_clean) {
  report(session, diagnosis);
  if (!diagnosis.findings.empty()) return fail(ErrorCode::kCorruptData, verdict(diagnosis, folder));
  session.output.result(json::Value::object({{"changed", false}}));
  session.output.print(when_clean);
  return {};
}

std::string cured(const flow::Cure& cure, const std::string& path) {
  if (!cure.changed && !cure.pull_request) return "nothing to mend";
  if (cure.pull_request) return fmt::format("pull request {} mends it: {}", *cure.pull_request, cure.url);
  return fmt::format("mended; `slipway undo {}` takes it back", path);
}

Result<void> show_cure(Session& session, const flow::Cure& cure, const std::string& path) {
  session.output.also(json::Value::object({{"mended", findings_json(cure.mended)}}));
  for (const flow::Finding& finding : cure.mended) session.output.say("mended: " + finding_text(finding));
  report(session, cure.remaining);
  if (!cure.remaining.findings.empty()) {
    const std::string done = cure.mended.empty() ? "" : cured(cure, path) + "; ";
    return fail(ErrorCode::kCorruptData, fmt::format("{}{}: {} left to mend by hand", done, path,
                                                     count_text(cure.remaining.findings)));
  }
  json::Value fields = json::Value::object({{"changed", cure.changed}});
  if (cure.pull_request) {
    fields.set("pull_request", *cure.pull_request);
    fields.set("url", cure.url);
  }
  session.output.result(std::move(fields));
  session.output.print(cured(cure, path));
  return {};
}

Result<void> run_in(Session& session, hub::Client& client, const flow::PublishOptions& options,
                    hub::RemoteFolder* remote) {
  if (session.arguments.has("fix")) {
    Progress progress(session.terminal, session.world.clock, session.progress);
    SLIPWAY_ASSIGN(const flow::Cure cure,
                   remote == nullptr
                       ? flow::cure(session.world, client, options, progress)
                       : flow::cure_repository(session.world, client, *remote, options, progress));
    progress.finish();
    return show_cure(session, cure, options.run);
  }
  os::FileSystem& files = remote == nullptr ? session.world.files : *remote;
  SLIPWAY_ASSIGN(const flow::Diagnosis diagnosis, flow::examine(session.world, files, client, options));
  return conclude(session, diagnosis, options.run, "no known defect");
}

}  // namespace

Result<void> run_doctor(Session& session) { return on_model(session, run_in); }

}  // namespace slipway::cli
