#include "cli/output.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/error_table.h"

namespace slipway::cli {
namespace {

void lay(const json::Value& fields, json::Value& over) {
  for (const auto& [key, member] : fields.members()) over.set(key, member);
}

}  // namespace

void Output::line(const json::Value& value) {
  if (json_) terminal_.write_out(json::print_compact(value) + "\n");
}

void Output::say(std::string_view text) {
  if (!quiet_) terminal_.write_err(fmt::format("{}\n", text));
}

void Output::print(std::string_view text) {
  if (!json_) terminal_.write_out(fmt::format("{}\n", text));
}

void Output::warn(const model::Warning& warning) {
  line(warning_json(warning));
  if (json_) return;
  say(fmt::format("warning: {} ({})", warning.message, warning.code));
  for (std::string_view rest = warning.detail; !rest.empty();) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    say(fmt::format("    {}", rest.substr(0, end)));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
}

void Output::also(json::Value fields) { lay(fields, also_); }

void Output::result(json::Value fields) {
  json::Value value = json::Value::object({{"type", "result"}, {"ok", true}, {"exit_code", 0}});
  lay(also_, value);
  lay(fields, value);
  line(value);
}

int Output::fail(const Error& error) {
  const int code = exit_code(error.code);
  json::Value value = json::Value::object({{"type", "result"},
                                           {"ok", false},
                                           {"exit_code", code},
                                           {"error", json::Value::object({{"kind", error_kind(error.code)},
                                                                          {"message", error.message},
                                                                          {"context", error.context}})}});
  lay(also_, value);
  line(value);
  terminal_.write_err(fmt::format("error: {}\n", describe(error)));
  return code;
}

json::Value warning_json(const model::Warning& warning) {
  json::Value value =
      json::Value::object({{"type", "warning"}, {"code", warning.code}, {"message", warning.message}});
  if (!warning.detail.empty()) value.set("detail", warning.detail);
  return value;
}

}  // namespace slipway::cli
