#include "cli/output.h"

#include <fmt/format.h>

#include "base/error_table.h"

namespace slipway::cli {

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
  if (!json_) say(fmt::format("warning: {} ({})", warning.message, warning.code));
}

void Output::result(json::Value fields) {
  json::Value value = json::Value::object({{"type", "result"}, {"ok", true}, {"exit_code", 0}});
  for (const auto& [key, member] : fields.members()) value.set(key, member);
  line(value);
}

int Output::fail(const Error& error) {
  const int code = exit_code(error.code);
  line(json::Value::object({{"type", "result"},
                            {"ok", false},
                            {"exit_code", code},
                            {"error", json::Value::object({{"kind", error_kind(error.code)},
                                                           {"message", error.message},
                                                           {"context", error.context}})}}));
  terminal_.write_err(fmt::format("error: {}\n", describe(error)));
  return code;
}

json::Value warning_json(const model::Warning& warning) {
  return json::Value::object({{"type", "warning"}, {"code", warning.code}, {"message", warning.message}});
}

}  // namespace slipway::cli
