// jinja/template.h - renders a chat template as transformers does.
//
// Contract   The text a template gives is, byte for byte, what transformers' apply_chat_template gives:
//            jinja2's immutable sandbox with trim_blocks, lstrip_blocks, break, continue and generation
//            blocks; raise_exception, strftime_now, and tojson without HTML escapes. What jinja2 refuses is
//            refused. docs/jinja.md lists what differs.
// Limits     limits.h; any template ends within them, whatever it does
// Errors     kCorruptData: the template is no Jinja, or does what Python forbids (an undefined value used,
//            types that do not fit, an unsafe attribute). kRefused: it called raise_exception; the message
//            is its text. kUnsupported: a limit, an integer past 64 bits, or what docs/jinja.md says we
//            leave out
// Threads    a Template is immutable: share it
// Source     jinja2 3.1.6; transformers 5.24, chat_template_utils.py
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "jinja/limits.h"
#include "jinja/value.h"
#include "slipway/result.h"

namespace slipway::jinja {

// The local time that strftime_now writes.
struct LocalTime {
  int year = 1970;
  int month = 1;  // 1 to 12
  int day = 1;
  int hour = 0;
  int minute = 0;
  int second = 0;
  int microsecond = 0;
  int weekday = 3;           // 0 is Monday
  int yearday = 1;           // 1 to 366
  std::string utc_offset{};  // %z; "" as for Python's datetime.now()
};

struct Surroundings {
  Limits limits{};
  std::optional<LocalTime> now{};  // without it strftime_now is an error
};

struct Program;

class Template {
 public:
  static Result<Template> parse(std::string_view text);
  Result<std::string> render(const Variables& variables, const Surroundings& surroundings = {}) const;

 private:
  explicit Template(std::shared_ptr<const Program> program) : program_(std::move(program)) {}
  std::shared_ptr<const Program> program_;
};

}  // namespace slipway::jinja
