// card: write README.md, or hold it against the Hub's rules.
#include <algorithm>

#include <fmt/format.h>

#include "cli/session.h"
#include "flow/card.h"

namespace slipway::cli {
namespace {

constexpr std::string_view kReadme = "README.md";

std::string way_out(const card::Finding& finding, const std::string& folder) {
  if (finding.path.empty()) return fmt::format("`slipway card {}` makes the front matter anew", folder);
  return fmt::format("correct \"{}\" between the --- lines of {}", finding.path, kReadme);
}

json::Value finding_json(const card::Finding& finding, const std::string& folder) {
  return json::Value::object({{"code", finding.error ? "card-refused" : "card-doubtful"},
                              {"severity", finding.error ? "error" : "warning"},
                              {"file", kReadme},
                              {"path", finding.path},
                              {"message", finding.message},
                              {"fix", way_out(finding, folder)}});
}

void report(Session& session, const std::vector<card::Finding>& findings, const std::string& folder) {
  json::Value list = json::Value::array();
  for (const card::Finding& finding : findings) {
    list.push_back(finding_json(finding, folder));
    if (!session.output.json())
      session.output.say(
          fmt::format("{}: {}: {}", kReadme, finding.error ? "error" : "warning", finding.message));
  }
  session.output.also(json::Value::object({{"findings", std::move(list)}}));
}

Result<void> check(Session& session) {
  const std::string& folder = session.arguments.positionals.front();
  SLIPWAY_ASSIGN(const std::vector<card::Finding> findings, flow::check_card(session.world, folder));
  report(session, findings, folder);
  const auto refused = std::ranges::count_if(findings, &card::Finding::error);
  if (refused > 0) {
    return fail(ErrorCode::kCorruptData,
                fmt::format("the Hub would refuse {} of {}: {} {}; correct what the findings name", kReadme,
                            folder, refused, refused == 1 ? "finding" : "findings"));
  }
  session.output.result(json::Value::object({{"changed", false}}));
  session.output.print(findings.empty() ? "the card is good"
                                        : "the Hub takes the card; it would warn as shown");
  return {};
}

std::string card_text(const flow::CardResult& result) {
  if (!result.changed) return "nothing to do: the card is as it should be";
  return fmt::format("{}the card is written; nothing else was changed", fix_lines(result.fixes));
}

}  // namespace

Result<void> run_card(Session& session) {
  if (session.arguments.has("check")) return check(session);
  SLIPWAY_ASSIGN(const flow::PublishOptions options, publish_options(session));
  SLIPWAY_ASSIGN(hub::ClientOptions hub_options, client_options(session));
  hub::Client client(session.world, std::move(hub_options));
  SLIPWAY_ASSIGN(const flow::CardResult result, flow::renew_card(session.world, client, options));
  for (const model::Warning& warning : result.warnings) session.output.warn(warning);
  session.output.result(json::Value::object({{"changed", result.changed},
                                             {"fixes", fixes_json(result.fixes)},
                                             {"warnings", warnings_json(result.warnings)}}));
  session.output.print(card_text(result));
  return {};
}

}  // namespace slipway::cli
