// verify: the read-only gate for CI.
#include <fmt/format.h>

#include "base/size_text.h"
#include "cli/ci_reports.h"
#include "cli/findings.h"
#include "cli/progress.h"
#include "cli/session.h"
#include "os/path.h"

namespace slipway::cli {
namespace {

Result<void> write_reports(Session& session, const flow::Verdict& verdict, const std::string& folder) {
  const Arguments& a = session.arguments;
  const auto write = [&](std::string_view flag, const std::string& text) -> Result<void> {
    if (!a.has(flag)) return {};
    SLIPWAY_TRY_WITHIN(fmt::format("--{}", flag),
                       os::replace_file(session.world.files, a.value(flag), as_bytes(text)));
    return {};
  };
  SLIPWAY_TRY(write("sarif", json::print(sarif_report(verdict), {.ascii = false}) + "\n"));
  return write("junit", junit_report(verdict, folder));
}

std::string summary(const flow::Verdict& verdict) {
  return fmt::format("sound: {} files, {} read in {}; {} compared with what was published",
                     verdict.files.size(), format_size(verdict.bytes), format_duration(verdict.seconds),
                     verdict.hashed);
}

Result<void> run_in(Session& session, hub::Client& client, const flow::PublishOptions& options,
                    hub::RemoteFolder* remote) {
  Progress progress(session.terminal, session.world.clock, session.progress);
  os::FileSystem& files = remote == nullptr ? session.world.files : *remote;
  std::map<std::string, flow::ExpectedHash> expected;
  if (remote != nullptr) expected = flow::hashes_of_tree(*remote);
  SLIPWAY_ASSIGN(const flow::Verdict verdict,
                 flow::verify(session.world, files, client, options, std::move(expected), progress));
  progress.finish();
  SLIPWAY_TRY(write_reports(session, verdict, options.run));
  report_findings(session.output, verdict.findings);
  report_notes(session.output, verdict.notes, session.arguments.has("verbose"));
  session.output.also(json::Value::object(
      {{"files", verdict.files.size()}, {"bytes", verdict.bytes}, {"seconds", verdict.seconds}}));
  if (!verdict.good())
    return fail(ErrorCode::kCorruptData,
                fmt::format("{} is not sound: {}", options.run, count_text(verdict.findings)));
  session.output.result(json::Value::object({{"changed", false}}));
  session.output.print(summary(verdict));
  return {};
}

}  // namespace

Result<void> run_verify(Session& session) { return on_model(session, run_in); }

}  // namespace slipway::cli
