#include "jinja/strftime.h"

#include <array>
#include <optional>

#include <fmt/format.h>

#include "jinja/types.h"

namespace slipway::jinja {
namespace {

constexpr std::array<std::string_view, 7> kDays = {"Monday", "Tuesday",  "Wednesday", "Thursday",
                                                   "Friday", "Saturday", "Sunday"};
constexpr std::array<std::string_view, 12> kMonths = {"January",   "February", "March",    "April",
                                                      "May",       "June",     "July",     "August",
                                                      "September", "October",  "November", "December"};

std::string_view day_name(const LocalTime& time) {
  return kDays[static_cast<std::size_t>((time.weekday % 7 + 7) % 7)];
}
std::string_view month_name(const LocalTime& time) {
  return kMonths[static_cast<std::size_t>(((time.month - 1) % 12 + 12) % 12)];
}
int hour12(const LocalTime& time) { return time.hour % 12 == 0 ? 12 : time.hour % 12; }

struct IsoWeek {
  int year;
  int week;
};

IsoWeek iso_week(const LocalTime& time) {
  const auto weeks = [](int year) {
    const auto end = [](int y) { return (y + y / 4 - y / 100 + y / 400) % 7; };
    return end(year) == 4 || end(year - 1) == 3 ? 53 : 52;
  };
  const int week = (time.yearday - (time.weekday + 1) + 10) / 7;
  if (week < 1) return {time.year - 1, weeks(time.year - 1)};
  if (week > weeks(time.year)) return {time.year + 1, 1};
  return {time.year, week};
}

struct Field {
  int value;
  int width;
  char pad = '0';
};

std::optional<Field> field_of(const LocalTime& time, char letter) {
  const int sunday = (time.weekday + 1) % 7;
  switch (letter) {
    case 'd':
      return Field{time.day, 2};
    case 'e':
      return Field{time.day, 2, ' '};
    case 'm':
      return Field{time.month, 2};
    case 'y':
      return Field{time.year % 100, 2};
    case 'Y':
      return Field{time.year, 1};
    case 'C':
      return Field{time.year / 100, 2};
    case 'G':
      return Field{iso_week(time).year, 1};
    case 'g':
      return Field{iso_week(time).year % 100, 2};
    case 'V':
      return Field{iso_week(time).week, 2};
    case 'U':
      return Field{(time.yearday - 1 + 7 - sunday) / 7, 2};
    case 'W':
      return Field{(time.yearday - 1 + 7 - time.weekday) / 7, 2};
    case 'j':
      return Field{time.yearday, 3};
    case 'H':
      return Field{time.hour, 2};
    case 'k':
      return Field{time.hour, 2, ' '};
    case 'I':
      return Field{hour12(time), 2};
    case 'l':
      return Field{hour12(time), 2, ' '};
    case 'M':
      return Field{time.minute, 2};
    case 'S':
      return Field{time.second, 2};
    case 'f':
      return Field{time.microsecond, 6};
    case 'u':
      return Field{time.weekday + 1, 1};
    case 'w':
      return Field{sunday, 1};
    default:
      return std::nullopt;
  }
}

// Directives that stand for a text or for others.
std::optional<std::string> text_of_directive(const LocalTime& time, char letter) {
  switch (letter) {
    case 'a':
      return std::string(day_name(time).substr(0, 3));
    case 'A':
      return std::string(day_name(time));
    case 'b':
    case 'h':
      return std::string(month_name(time).substr(0, 3));
    case 'B':
      return std::string(month_name(time));
    case 'p':
      return time.hour < 12 ? "AM" : "PM";
    case 'P':
      return time.hour < 12 ? "am" : "pm";
    case 'z':
      return time.utc_offset;
    case 'Z':
      return "";
    case 'n':
      return "\n";
    case 't':
      return "\t";
    case '%':
      return "%";
    default:
      return std::nullopt;
  }
}

std::string_view expansion(char letter) {
  switch (letter) {
    case 'c':
      return "%a %b %e %H:%M:%S %Y";
    case 'x':
    case 'D':
      return "%m/%d/%y";
    case 'X':
    case 'T':
      return "%H:%M:%S";
    case 'F':
      return "%Y-%m-%d";
    case 'R':
      return "%H:%M";
    case 'r':
      return "%I:%M:%S %p";
    default:
      return "";
  }
}

}  // namespace

Result<std::string> strftime(Budget& budget, const LocalTime& time, std::string_view format) {
  std::string out;
  for (std::size_t at = 0; at < format.size(); ++at) {
    SLIPWAY_TRY(budget.step());
    if (format[at] != '%' || at + 1 == format.size()) {
      out += format[at];
      continue;
    }
    char flag = '\0';
    if (format[at + 1] == '-' || format[at + 1] == '_' || format[at + 1] == '0') flag = format[++at];
    if (at + 1 == format.size()) return unsupported("a strftime format that ends in a flag");
    const char letter = format[++at];
    if (const auto field = field_of(time, letter)) {
      const char pad = flag == '_' ? ' ' : flag == '0' ? '0' : field->pad;
      const std::string digits = fmt::format("{}", field->value);
      const auto width = static_cast<std::size_t>(flag == '-' ? 1 : field->width);
      if (digits.size() < width) out.append(width - digits.size(), pad);
      out += digits;
    } else if (const auto text = text_of_directive(time, letter)) {
      out += *text;
    } else if (const std::string_view more = expansion(letter); !more.empty()) {
      SLIPWAY_ASSIGN(const std::string inner, strftime(budget, time, more));
      out += inner;
    } else {
      return unsupported(fmt::format("the strftime directive '%{}'", letter));
    }
  }
  return out;
}

}  // namespace slipway::jinja
