#include "cli/findings.h"

#include <algorithm>

#include <fmt/format.h>

#include "run/pick.h"

namespace slipway::cli {
namespace {

std::string counted(std::ptrdiff_t count, std::string_view noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

}  // namespace

json::Value findings_json(const std::vector<flow::Finding>& findings) {
  json::Value list = json::Value::array();
  for (const flow::Finding& finding : findings) {
    json::Value row = json::Value::object({{"code", finding.code},
                                           {"severity", model::severity_name(finding.severity)},
                                           {"file", finding.file},
                                           {"path", finding.path},
                                           {"message", finding.message},
                                           {"fix", finding.fix}});
    if (finding.line > 0) row.set("line", finding.line);
    if (!finding.before.empty() || !finding.after.empty()) {
      row.set("before", finding.before);
      row.set("after", finding.after);
    }
    list.push_back(std::move(row));
  }
  return list;
}

std::string finding_text(const flow::Finding& finding) {
  std::string text = finding.file;
  if (finding.line > 0) text += fmt::format(":{}", finding.line);
  if (!text.empty()) text += ": ";
  text += fmt::format("{}: {} [{}]", model::severity_name(finding.severity), finding.message, finding.code);
  if (!finding.before.empty() || !finding.after.empty())
    text += "\n    " + change_text(finding.path, finding.before, finding.after);
  return text;
}

void report_findings(Output& output, const std::vector<flow::Finding>& findings) {
  output.also(json::Value::object({{"findings", findings_json(findings)}}));
  if (output.json()) return;
  for (const flow::Finding& finding : findings) output.say(finding_text(finding));
}

void report_notes(Output& output, const std::vector<flow::Finding>& notes, bool verbose) {
  output.also(json::Value::object({{"notes", findings_json(notes)}}));
  if (output.json()) return;
  for (const flow::Finding& note : notes)
    if (verbose || run::is_note_of_choice(note.code) || note.code == "left-unread")
      output.say(finding_text(note));
}

std::string count_text(const std::vector<flow::Finding>& findings) {
  const auto errors = std::ranges::count(findings, model::Severity::kError, &flow::Finding::severity);
  const auto warnings = std::ssize(findings) - errors;
  if (errors == 0) return counted(warnings, "warning");
  if (warnings == 0) return counted(errors, "error");
  return fmt::format("{} and {}", counted(errors, "error"), counted(warnings, "warning"));
}

}  // namespace slipway::cli
