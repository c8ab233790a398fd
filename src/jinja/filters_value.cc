#include <cfenv>
#include <cmath>

#include <fmt/format.h>

#include "jinja/filters.h"
#include "jinja/iterate.h"
#include "jinja/operators.h"
#include "jinja/parse_number.h"
#include "jinja/printer.h"
#include "jinja/to_json.h"

namespace slipway::jinja {
namespace {

Result<Value> or_default(Machine& machine, const Value& subject, Given& given) {
  if (!subject.is(Kind::kUndefined) && !(given.truth_at(1) && !truth(subject))) return subject;
  if (given[0] == nullptr) return machine.text("");
  return *given[0];
}

Result<Value> whole_from_real(double value, const Value& otherwise) {
  if (!std::isfinite(value)) return otherwise;
  if (std::abs(value) >= 9223372036854775808.0) return unsupported("an integer past 64 bits");
  return Value::integer(static_cast<std::int64_t>(value));
}

Result<Value> to_int(Machine&, const Value& subject, Given& given) {
  const Value otherwise = given[0] == nullptr ? Value::integer(0) : *given[0];
  if (subject.is(Kind::kUndefined)) return used_undefined(subject);
  if (is_whole(subject)) return Value::integer(subject.as_int());
  if (subject.is(Kind::kFloat)) {
    if (std::isinf(subject.as_real())) return corrupt("cannot convert float infinity to integer");
    return whole_from_real(subject.as_real(), otherwise);
  }
  if (!subject.is(Kind::kString)) return otherwise;
  SLIPWAY_ASSIGN(const std::int64_t base, given.whole(1, 10));
  SLIPWAY_ASSIGN(const auto whole, parse_whole(subject.as_string(), base));
  if (whole) return Value::integer(*whole);
  if (const auto real = parse_real(subject.as_string())) return whole_from_real(*real, otherwise);
  return otherwise;
}

Result<Value> to_float(Machine&, const Value& subject, Given& given) {
  const Value otherwise = given[0] == nullptr ? Value::real(0) : *given[0];
  if (subject.is(Kind::kUndefined)) return used_undefined(subject);
  if (is_number(subject)) return Value::real(real_of(subject));
  if (!subject.is(Kind::kString)) return otherwise;
  const auto real = parse_real(subject.as_string());
  return real ? Value::real(*real) : otherwise;
}

Result<Value> absolute(Machine&, const Value& subject, Given&) {
  if (!is_number(subject))
    return corrupt(fmt::format("bad operand type for abs(): '{}'", type_name(subject)));
  if (subject.is(Kind::kFloat)) return Value::real(std::abs(subject.as_real()));
  return signed_value(subject, subject.as_int() < 0);
}

// Python rounds the decimal text of the number, halves to even.
double rounded(double value, std::int64_t digits) {
  if (!std::isfinite(value) || digits > 323) return value;
  if (digits < -308) return 0 * value;
  if (digits >= 0) return std::strtod(fmt::format("{:.{}f}", value, digits).c_str(), nullptr);
  const double unit = std::pow(10.0, static_cast<double>(-digits));
  const double scaled = value / unit;
  double whole = std::nearbyint(scaled);
  return whole * unit;
}

Result<Value> round_whole(const Value& subject, std::int64_t digits) {
  if (digits >= 0) return Value::integer(subject.as_int());
  if (digits < -18) return Value::integer(0);
  std::int64_t unit = 1;
  for (; digits < 0; ++digits) unit *= 10;
  const std::int64_t value = subject.as_int();
  std::int64_t rest = value % unit;
  if (rest < 0) rest += unit;
  const std::int64_t low = value - rest;
  const bool up = rest * 2 > unit || (rest * 2 == unit && (low / unit) % 2 != 0);
  return Value::integer(up ? low + unit : low);
}

Result<Value> round(Machine&, const Value& subject, Given& given) {
  std::string method = "common";
  if (given[1] != nullptr) {
    SLIPWAY_ASSIGN(method, given.string(1));
  }
  if (method != "common" && method != "ceil" && method != "floor")
    return corrupt("method must be common, ceil or floor");
  if (subject.is(Kind::kUndefined) && method != "common") return used_undefined(subject);
  if (!is_number(subject)) return corrupt(fmt::format("type {} cannot be rounded", type_name(subject)));
  if (method == "common") {
    if (given[0] != nullptr && given[0]->is(Kind::kNone)) {
      if (!subject.is(Kind::kFloat)) return Value::integer(subject.as_int());
      if (!std::isfinite(subject.as_real())) return corrupt("cannot convert float to integer");
      return whole_from_real(std::nearbyint(subject.as_real()), Value::none());
    }
    SLIPWAY_ASSIGN(const std::int64_t digits, given.whole(0, 0));
    if (!subject.is(Kind::kFloat)) return round_whole(subject, digits);
    return Value::real(rounded(subject.as_real(), digits));
  }
  const Value digits = given[0] == nullptr ? Value::integer(0) : *given[0];
  if (!is_number(digits)) return corrupt("unsupported operand type(s) for **");
  SLIPWAY_ASSIGN(const Value unit, arithmetic(Op::kPow, Value::integer(10), digits));
  SLIPWAY_ASSIGN(const Value scaled, arithmetic(Op::kMul, subject, unit));
  const double real = real_of(scaled);
  if (!std::isfinite(real)) return corrupt("cannot convert float to integer");
  SLIPWAY_ASSIGN(const Value whole,
                 scaled.is(Kind::kFloat)
                     ? whole_from_real(method == "ceil" ? std::ceil(real) : std::floor(real), {})
                     : Result<Value>(scaled));
  return arithmetic(Op::kDiv, whole, unit);
}

Result<Value> file_size(Machine& machine, const Value& subject, Given& given) {
  if (subject.is(Kind::kUndefined)) return used_undefined(subject);
  std::optional<double> bytes;
  if (is_number(subject)) bytes = real_of(subject);
  if (subject.is(Kind::kString)) bytes = parse_real(subject.as_string());
  if (!bytes) return corrupt("filesizeformat needs a number");
  const bool binary = given.truth_at(0);
  const double base = binary ? 1024 : 1000;
  if (*bytes == 1) return machine.text("1 Byte");
  if (std::isnan(*bytes)) return unsupported("the size of a file that is no number");
  if (*bytes < base) {
    if (std::isinf(*bytes)) return corrupt("cannot convert float infinity to integer");
    if (*bytes < -9e18) return unsupported("an integer past 64 bits");
    return machine.text(fmt::format("{} Bytes", static_cast<std::int64_t>(*bytes)));
  }
  double unit = base * base;
  constexpr std::string_view kLetters = "kMGTPEZY";
  std::size_t at = 0;
  while (at + 1 < kLetters.size() && *bytes >= unit) {
    ++at;
    unit *= base;
  }
  std::string letter(1, kLetters[at]);
  if (binary && at == 0) letter = "K";
  return machine.text(fmt::format("{:.1f} {}{}", base * *bytes / unit, letter, binary ? "iB" : "B"));
}

Result<Value> json_text(Machine& machine, const Value& subject, Given& given) {
  JsonStyle style;
  style.ascii = given.truth_at(0);
  style.sort_keys = given.truth_at(3);
  if (!given.is_none(1)) {
    if (given[1]->is(Kind::kString)) {
      style.indent = given[1]->as_string();
    } else {
      if (!is_whole(*given[1])) return corrupt("the indent of JSON is a number or a string");
      const std::int64_t width = std::max<std::int64_t>(given[1]->as_int(), 0);
      SLIPWAY_TRY(machine.budget().room(static_cast<std::size_t>(width)));
      style.indent = std::string(static_cast<std::size_t>(width), ' ');
    }
    style.comma = ",";
  }
  if (!given.is_none(2)) {
    SLIPWAY_ASSIGN(const auto both, collect(machine, *given[2]));
    if (both.size() != 2) return corrupt("the separators of JSON are two");
    if (!both[0].is(Kind::kString) || !both[1].is(Kind::kString))
      return corrupt("the separators of JSON are strings");
    style.comma = both[0].as_string();
    style.colon = both[1].as_string();
  }
  SLIPWAY_ASSIGN(std::string text, to_json(machine, subject, style));
  return machine.text(std::move(text));
}

Result<Value> pretty(Machine& machine, const Value& subject, Given&) {
  SLIPWAY_ASSIGN(std::string text, machine.repr(subject));
  const bool nested = is_sequence(subject) || subject.is(Kind::kDict);
  const bool long_text = text.size() > 72 || text.find("\\n") != std::string::npos;
  if (long_text || (nested && text.find('{') != std::string::npos))
    return unsupported("pprint of more than a line");
  return machine.text(std::move(text));
}

constexpr FilterRow kRows[] = {{"default", "default_value? boolean?", &or_default},
                               {"d", "default_value? boolean?", &or_default},
                               {"int", "default? base?", &to_int},
                               {"float", "default?", &to_float},
                               {"abs", "", &absolute},
                               {"round", "precision? method?", &round},
                               {"filesizeformat", "binary?", &file_size},
                               {"tojson", "ensure_ascii? indent? separators? sort_keys?", &json_text},
                               {"pprint", "", &pretty}};

}  // namespace

std::span<const FilterRow> value_filters() { return kRows; }

}  // namespace slipway::jinja
