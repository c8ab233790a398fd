// card: write README.md, or hold it against the Hub's rules.
#include <algorithm>

#include <fmt/format.h>

#include "cli/findings.h"
#include "cli/session.h"
#include "flow/card.h"
#include "os/path.h"

namespace slipway::cli {
namespace {

std::string way_out(const flow::CardCheck& check, const card::Finding& finding, const std::string& given) {
  if (!finding.path.empty())
    return fmt::format("correct \"{}\" between the --- lines of {}", finding.path, check.file);
  if (os::base_name(given) == check.file) return "write the front matter between two --- lines at its top";
  return fmt::format("`slipway card {}` makes the front matter anew", given);
}

bool is_error(const flow::Finding& finding) { return finding.severity == model::Severity::kError; }

std::string stale_message(const model::Fix& fix) {
  if (fix.code == "card-generated") return "the card is the trainer's, not one made from the run's facts";
  if (fix.code == "loss-curve") return "the picture of the losses is not that of the run's log";
  return "the card does not say what the run and its files say now";
}

std::vector<flow::Finding> reported(const flow::CardCheck& check, const std::string& folder) {
  std::vector<flow::Finding> all;
  for (const card::Finding& finding : check.findings) {
    all.push_back({.code = finding.error ? "card-refused" : "card-doubtful",
                   .severity = finding.error ? model::Severity::kError : model::Severity::kWarning,
                   .file = check.file,
                   .line = finding.line,
                   .path = finding.path,
                   .message = finding.message,
                   .fix = way_out(check, finding, folder)});
  }
  for (const auto& [fix, line] : check.stale) {
    all.push_back({.code = fix.code,
                   .file = fix.file,
                   .line = line,
                   .message = stale_message(fix),
                   .fix = fmt::format("`slipway card {}` renews it", folder)});
  }
  return all;
}

std::string what_is_wrong(const flow::CardCheck& check, const std::string& given) {
  const std::string whose = os::base_name(given) == check.file ? "" : " of " + given;
  const auto refused = std::ranges::count_if(check.findings, &card::Finding::error);
  if (refused == 0)
    return fmt::format("{}{} is stale: `slipway card {}` renews it", check.file, whose, given);
  return fmt::format("the Hub would refuse {}{}: {} {}; correct what the findings name", check.file, whose,
                     refused, refused == 1 ? "finding" : "findings");
}

Result<void> check(Session& session, hub::Client& client, const flow::PublishOptions& options) {
  SLIPWAY_ASSIGN(const flow::CardCheck check, flow::check_card(session.world, client, options));
  const std::vector<flow::Finding> findings = reported(check, options.run);
  report_findings(session.output, findings);
  if (!check.not_compared.empty()) {
    session.output.warn(
        {.code = "card-not-compared",
         .message = fmt::format("the card was only held against the Hub's rules: {}", check.not_compared)});
  }
  if (std::ranges::any_of(findings, is_error))
    return fail(ErrorCode::kCorruptData, what_is_wrong(check, options.run));
  session.output.result(json::Value::object({{"changed", false}}));
  session.output.print(findings.empty() ? "the card is good"
                                        : "the Hub takes the card; it would warn as shown");
  return {};
}

std::string card_text(const flow::CardResult& result) {
  if (!result.changed) return "nothing to do: the card is as it should be";
  return fmt::format("{}the card is written; nothing else was changed", fix_lines(result.fixes));
}

Result<void> renew(Session& session, hub::Client& client, const flow::PublishOptions& options) {
  SLIPWAY_ASSIGN(const flow::CardResult result, flow::renew_card(session.world, client, options));
  for (const model::Warning& warning : result.warnings) session.output.warn(warning);
  session.output.result(json::Value::object({{"changed", result.changed},
                                             {"fixes", fixes_json(result.fixes)},
                                             {"warnings", warnings_json(result.warnings)}}));
  session.output.print(card_text(result));
  return {};
}

}  // namespace

Result<void> run_card(Session& session) {
  SLIPWAY_ASSIGN(const flow::PublishOptions options, publish_options(session));
  SLIPWAY_ASSIGN(hub::ClientOptions hub_options, client_options(session));
  hub::Client client(session.world, std::move(hub_options));
  if (session.arguments.has("check")) return check(session, client, options);
  return once_for_all_ranks(session, options.run, [&] { return renew(session, client, options); });
}

}  // namespace slipway::cli
