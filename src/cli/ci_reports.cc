#include "cli/ci_reports.h"

#include <algorithm>
#include <map>
#include <set>
#include <vector>

#include <fmt/format.h>

#include "base/encoding.h"
#include "base/repaired_utf8.h"

namespace slipway::cli {
namespace {

constexpr std::string_view kWhole = "the model";

json::Value text_object(std::string_view text) { return json::Value::object({{"text", text}}); }

// The rules that the results name, each once.
json::Value rules_of(const flow::Verdict& verdict) {
  std::set<std::string> named;
  json::Value rules = json::Value::array();
  for (const flow::Finding& finding : verdict.findings) {
    if (!named.insert(finding.code).second) continue;
    json::Value rule = json::Value::object({{"id", finding.code}});
    if (const model::FixCode* code = model::find_code(finding.code)) {
      rule.set("shortDescription", text_object(code->title));
      rule.set("fullDescription", text_object(code->problem));
      rule.set("help", text_object(code->change));
    }
    rule.set("defaultConfiguration",
             json::Value::object({{"level", model::severity_name(finding.severity)}}));
    rules.push_back(std::move(rule));
  }
  return rules;
}

json::Value location_of(const flow::Finding& finding) {
  json::Value location = json::Value::object();
  if (!finding.file.empty()) {
    json::Value place = json::Value::object(
        {{"artifactLocation", json::Value::object({{"uri", percent_encode(finding.file, "/")}})}});
    if (finding.line > 0) place.set("region", json::Value::object({{"startLine", finding.line}}));
    location.set("physicalLocation", std::move(place));
  }
  if (!finding.path.empty()) {
    json::Value names = json::Value::array();
    names.push_back(json::Value::object({{"fullyQualifiedName", finding.path}}));
    location.set("logicalLocations", std::move(names));
  }
  json::Value list = json::Value::array();
  list.push_back(std::move(location));
  return list;
}

std::string escaped(std::string_view raw) {
  std::string clean = repaired_utf8(raw);
  for (const std::string_view no_character : {"\xEF\xBF\xBE", "\xEF\xBF\xBF"})
    for (std::size_t at = 0; (at = clean.find(no_character, at)) != std::string::npos;)
      clean.replace(at, no_character.size(), "?");
  std::string text;
  for (const char c : clean) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '&') {
      text += "&amp;";
    } else if (c == '<') {
      text += "&lt;";
    } else if (c == '>') {
      text += "&gt;";
    } else if (c == '"') {
      text += "&quot;";
    } else if (c == '\n') {
      text += "&#10;";
    } else {
      text += byte < 0x20 ? '?' : c;  // no other control character may stand in XML 1.0
    }
  }
  return text;
}

std::string failure_text(const flow::Finding& finding) {
  return fmt::format("      <failure type=\"{}\" message=\"{}\">{}</failure>\n", escaped(finding.code),
                     escaped(finding.message), escaped(finding.path));
}

}  // namespace

json::Value sarif_report(const flow::Verdict& verdict) {
  json::Value results = json::Value::array();
  for (const flow::Finding& finding : verdict.findings) {
    json::Value result = json::Value::object({{"ruleId", finding.code},
                                              {"level", model::severity_name(finding.severity)},
                                              {"message", text_object(finding.message)}});
    if (!finding.file.empty() || !finding.path.empty()) result.set("locations", location_of(finding));
    results.push_back(std::move(result));
  }
  json::Value driver = json::Value::object({{"name", "slipway"}, {"version", SLIPWAY_VERSION}});
  driver.set("rules", rules_of(verdict));
  json::Value runs = json::Value::array();
  runs.push_back(json::Value::object(
      {{"tool", json::Value::object({{"driver", std::move(driver)}})}, {"results", std::move(results)}}));
  return json::Value::object({{"$schema", "https://json.schemastore.org/sarif-2.1.0.json"},
                              {"version", "2.1.0"},
                              {"runs", std::move(runs)}});
}

std::string junit_report(const flow::Verdict& verdict, std::string_view folder) {
  std::map<std::string, std::vector<const flow::Finding*>> cases;
  cases[std::string(kWhole)];
  for (const std::string& file : verdict.files) cases[file];
  for (const flow::Finding& finding : verdict.findings) {
    if (finding.severity != model::Severity::kError) continue;
    cases[finding.file.empty() ? std::string(kWhole) : finding.file].push_back(&finding);
  }
  const auto failed = std::ranges::count_if(cases, [](const auto& one) { return !one.second.empty(); });
  std::string text = fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n  <testsuite name=\"{}\" tests=\"{}\" "
      "failures=\"{}\">\n",
      escaped(fmt::format("slipway verify {}", folder)), cases.size(), failed);
  for (const auto& [name, findings] : cases) {
    text += fmt::format("    <testcase classname=\"slipway.verify\" name=\"{}\"", escaped(name));
    if (findings.empty()) {
      text += "/>\n";
      continue;
    }
    text += ">\n";
    for (const flow::Finding* finding : findings) text += failure_text(*finding);
    text += "    </testcase>\n";
  }
  return text + "  </testsuite>\n</testsuites>\n";
}

}  // namespace slipway::cli
