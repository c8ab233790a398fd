#include "text/yaml_resolve.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <span>

#include "text/yaml_events.h"
#include "text/yaml_number.h"

namespace slipway::yaml {
namespace {

constexpr std::array<std::string_view, 9> kTrue{"yes",  "Yes", "YES", "true", "True",
                                                "TRUE", "on",  "On",  "ON"};
constexpr std::array<std::string_view, 9> kFalse{"no",    "No",  "NO",  "false", "False",
                                                 "FALSE", "off", "Off", "OFF"};
constexpr std::array<std::string_view, 5> kNull{"", "~", "null", "Null", "NULL"};

bool among(std::span<const std::string_view> words, std::string_view text) {
  return std::ranges::find(words, text) != words.end();
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// A cursor over the text of a timestamp.
struct Reader {
  std::string_view rest;

  bool take(char c) {
    if (rest.empty() || rest.front() != c) return false;
    rest.remove_prefix(1);
    return true;
  }
  // Between `least` and `most` digits, as many as there are; nothing when fewer.
  std::optional<int> digits(std::size_t least, std::size_t most) {
    std::size_t count = 0;
    int value = 0;
    while (count < most && count < rest.size() && is_digit(rest[count]))
      value = value * 10 + (rest[count++] - '0');
    if (count < least) return std::nullopt;
    rest.remove_prefix(count);
    return value;
  }
  void skip_blanks() {
    while (!rest.empty() && (rest.front() == ' ' || rest.front() == '\t')) rest.remove_prefix(1);
  }
};

struct Timestamp {
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0;
  int zone_hour = 0, zone_minute = 0;
};

bool read_zone(Reader& in, Timestamp& out) {
  in.skip_blanks();
  if (in.take('Z')) return true;
  if (!in.take('+') && !in.take('-')) return false;
  const auto hour = in.digits(1, 2);
  if (!hour) return false;
  out.zone_hour = *hour;
  if (!in.take(':')) return true;
  const auto minute = in.digits(2, 2);
  if (!minute) return false;
  out.zone_minute = *minute;
  return true;
}

bool read_clock(Reader& in, Timestamp& out) {
  const auto hour = in.digits(1, 2);
  if (!hour || !in.take(':')) return false;
  const auto minute = in.digits(2, 2);
  if (!minute || !in.take(':')) return false;
  const auto second = in.digits(2, 2);
  if (!second) return false;
  out.hour = *hour, out.minute = *minute, out.second = *second;
  if (in.take('.')) {
    while (!in.rest.empty() && is_digit(in.rest.front())) in.rest.remove_prefix(1);
  }
  if (in.rest.empty()) return true;
  return read_zone(in, out) && in.rest.empty();
}

std::optional<Timestamp> read_timestamp(std::string_view text) {
  Reader in{text};
  Timestamp out;
  const auto year = in.digits(4, 4);
  if (!year || !in.take('-')) return std::nullopt;
  const std::size_t before_month = in.rest.size();
  const auto month = in.digits(1, 2);
  if (!month || !in.take('-')) return std::nullopt;
  const auto day = in.digits(1, 2);
  if (!day) return std::nullopt;
  out.year = *year, out.month = *month, out.day = *day;
  const bool two_digits_each = before_month - in.rest.size() == 5;
  if (in.rest.empty()) return two_digits_each ? std::optional(out) : std::nullopt;  // a date alone is strict
  if (!in.take('T') && !in.take('t')) {
    if (in.rest.front() != ' ' && in.rest.front() != '\t') return std::nullopt;
    in.skip_blanks();
  }
  return read_clock(in, out) ? std::optional(out) : std::nullopt;
}

int days_in_month(int year, int month) {
  constexpr std::array<int, 12> kDays{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  return month == 2 && leap ? 29 : kDays[static_cast<std::size_t>(month - 1)];
}

bool exists(const Timestamp& t) {
  if (t.year < 1 || t.month < 1 || t.month > 12) return false;
  if (t.day < 1 || t.day > days_in_month(t.year, t.month)) return false;
  return t.hour < 24 && t.minute < 60 && t.second < 60 && t.zone_hour * 60 + t.zone_minute < 24 * 60;
}

std::unexpected<Error> no_such(std::string_view text, std::string_view what) {
  return fail(ErrorCode::kCorruptData,
              fmt::format("'{}' is no {}: quote it if a text is meant", shown(text), what));
}

}  // namespace

Kind resolve_plain(std::string_view text) {
  if (among(kNull, text)) return Kind::kNull;
  if (among(kTrue, text) || among(kFalse, text)) return Kind::kBool;
  if (looks_float(text)) return Kind::kFloat;
  if (looks_int(text)) return Kind::kInt;
  if (read_timestamp(text)) return Kind::kTimestamp;
  return Kind::kString;
}

Result<void> give_value(Node& node, Kind kind) {
  node.kind = kind;
  switch (kind) {
    case Kind::kBool:
      if (!among(kTrue, node.text) && !among(kFalse, node.text)) return no_such(node.text, "boolean");
      node.boolean = among(kTrue, node.text);
      return {};
    case Kind::kInt: {
      const auto value = looks_int(node.text) ? int_value(node.text) : std::nullopt;
      if (!value) return no_such(node.text, "integer");
      node.integer = value->value;
      node.overflow = value->overflow;
      return {};
    }
    case Kind::kFloat: {
      const auto value = float_value(node.text);
      if (!value) return no_such(node.text, "number");
      node.real = *value;
      return {};
    }
    case Kind::kTimestamp: {
      const auto value = read_timestamp(node.text);
      if (!value || !exists(*value)) return no_such(node.text, "date");
      return {};
    }
    default:
      return {};
  }
}

}  // namespace slipway::yaml
