#include "hub/error_rows_test_support.h"

#include <fstream>
#include <sstream>

#include <fmt/format.h>

#include "base/error_table.h"
#include "support/source_dir.h"

namespace slipway::hub::testing_support {
namespace {

std::string text_of(const json::Value& object, std::string_view key) {
  const json::Value* value = object.find(key);
  return value == nullptr ? "" : value->string();
}

bool flag_of(const json::Value& object, std::string_view key, bool fallback) {
  const json::Value* value = object.find(key);
  return value == nullptr ? fallback : value->as_bool().value_or(fallback);
}

ScriptedAnswer read_answer(const json::Value& row) {
  ScriptedAnswer answer{.status = static_cast<int>(row.find("status")->as_int().value())};
  if (const json::Value* headers = row.find("headers")) {
    for (const auto& [name, value] : headers->members()) answer.headers.add(name, value.string());
  }
  if (const json::Value* body = row.find("body"))
    answer.body = body->is_string() ? body->string() : json::print_compact(*body);
  if (const json::Value* repeat = row.find("repeat"))
    answer.repeat = static_cast<std::size_t>(repeat->as_uint().value());
  return answer;
}

ErrorRow read_row(const json::Value& row) {
  const json::Value& ours = *row.find("ours");
  ErrorRow read{.call = text_of(row, "call"),
                .with_token = flag_of(row, "token", true),
                .stock = text_of(row, "stock"),
                .observed = flag_of(row, "observed", false),
                .outcome = text_of(ours, "outcome"),
                .requests = ours.find("requests")->as_uint().value(),
                .note = text_of(ours, "note")};
  for (const json::Value& answer : row.find("answers")->items()) read.answers.push_back(read_answer(answer));
  for (const json::Value& words : ours.find("says")->items()) read.says.push_back(words.string());
  return read;
}

std::string cell(std::string_view text) {
  std::string escaped;
  for (const char c : text) escaped += c == '|' ? std::string("\\|") : std::string(1, c);
  return escaped;
}

std::string shortened(std::string text) {
  const std::string oid(64, 'a'), commit(40, 'c');
  for (const std::string& hash : {oid, commit}) {
    for (std::size_t at = text.find(hash); at != std::string::npos; at = text.find(hash))
      text.replace(at, hash.size(), "…");
  }
  return text;
}

std::string answer_cell(const ErrorRow& row) {
  std::string text;
  for (const ScriptedAnswer& answer : row.answers) {
    text += fmt::format("{}{}", text.empty() ? "" : "<br>then ", answer.status);
    for (const auto& [name, value] : answer.headers.rows())
      text += fmt::format(" `{}: {}`", name, shortened(value));
    if (!answer.body.empty()) text += fmt::format(" `{}`", shortened(answer.body));
    if (answer.repeat != 1) text += fmt::format(" {} times", answer.repeat);
  }
  return cell(text + (row.with_token ? "" : "<br>no token"));
}

std::string exit_cell(const std::string& outcome) {
  for (const auto& row : slipway::error_rows()) {
    if (outcome == row.kind) return fmt::format("`{}`, exit {}", outcome, row.exit_code);
  }
  return outcome;
}

std::string ours_cell(const ErrorRow& row) {
  std::string text = exit_cell(row.outcome);
  std::string says;
  for (const std::string& words : row.says) says += fmt::format("{}“{}”", says.empty() ? "" : ", ", words);
  if (!says.empty()) text += ": says " + says;
  if (!row.note.empty()) text += (says.empty() ? ": " : "; ") + row.note;
  return cell(text);
}

}  // namespace

std::vector<ErrorRow> error_rows() {
  std::ifstream file(slipway::testing::source_dir() + "/tests/golden/hub/error_outcomes.json");
  std::stringstream text;
  text << file.rdbuf();
  const auto root = json::parse(text.str());
  std::vector<ErrorRow> rows;
  if (!root) return rows;
  for (const json::Value& row : root->find("cases")->items()) rows.push_back(read_row(row));
  return rows;
}

std::string error_page() {
  std::string page =
      "# What a Hub answers, and what comes of it\n\n"
      "<!-- Made by `./dev docs` from tests/golden/hub/error_outcomes.json; do not edit. -->\n\n"
      "Each row is sent over a socket to the client by a scripted server (`ErrorOutcomes.*`). HUB stands for "
      "the\n"
      "endpoint, the repository is me/tiny. *stock*: huggingface_hub 1.29.0.dev0; with ° as its source "
      "says,\n"
      "else as it was seen. Codes and exits: [errors.md](../errors.md); what is sent again:\n"
      "[client.md](client.md).\n\n"
      "| call | answer | stock | ours |\n| --- | --- | --- | --- |\n";
  for (const ErrorRow& row : error_rows()) {
    page += fmt::format("| {} | {} | {}{} | {} |\n", row.call, answer_cell(row), cell(row.stock),
                        row.observed ? "" : " °", ours_cell(row));
  }
  return page;
}

}  // namespace slipway::hub::testing_support
