#include "card/eval_dates.h"

#include <fmt/format.h>

#include <chrono>
#include <cstdint>

namespace slipway::card {
namespace {

// Each 0 of the pattern is a digit; anything else stands for itself.
bool has_form(std::string_view text, std::string_view pattern) {
  if (text.size() != pattern.size()) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool digit = text[i] >= '0' && text[i] <= '9';
    if (pattern[i] == '0' ? !digit : text[i] != pattern[i]) return false;
  }
  return true;
}

int number(std::string_view digits) {
  int value = 0;
  for (const char digit : digits) value = value * 10 + (digit - '0');
  return value;
}

bool is_zone(std::string_view text) {
  return text.empty() || text == "Z" || has_form(text, "+00:00") || has_form(text, "-00:00");
}

bool is_time(std::string_view text) {
  const auto zone = text.find_first_of("Z+-");
  if (!is_zone(zone == std::string_view::npos ? "" : text.substr(zone))) return false;
  const std::string_view clock = text.substr(0, zone);
  const std::string_view fraction = clock.size() > 9 ? clock.substr(9) : std::string_view();
  if (fraction.find_first_not_of("0123456789") != std::string_view::npos) return false;
  const std::string_view whole = clock.substr(0, fraction.empty() ? clock.size() : 8);
  if (!fraction.empty() && clock[8] != '.') return false;
  if (!has_form(whole, "00:00:00") && !has_form(whole, "00:00")) return false;
  return number(whole.substr(0, 2)) < 24 && number(whole.substr(3, 2)) < 60 &&
         (whole.size() < 8 || number(whole.substr(6, 2)) < 61);
}

}  // namespace

bool is_iso_date(std::string_view text) {
  const std::string_view day = text.substr(0, 10);
  if (!has_form(day, "0000-00-00")) return false;
  const std::chrono::year_month_day date{std::chrono::year(number(day.substr(0, 4))),
                                         std::chrono::month(static_cast<unsigned>(number(day.substr(5, 2)))),
                                         std::chrono::day(static_cast<unsigned>(number(day.substr(8, 2))))};
  if (!date.ok() || text.size() == 10) return date.ok();
  return (text[10] == 'T' || text[10] == ' ') && is_time(text.substr(11));
}

std::optional<std::string> iso_day(double seconds) {
  constexpr double kYear10000 = 253'402'300'800.0;
  if (!(seconds >= 0 && seconds < kYear10000)) return std::nullopt;
  const std::chrono::sys_days days{std::chrono::days{static_cast<std::int64_t>(seconds) / 86'400}};
  const std::chrono::year_month_day date{days};
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                     static_cast<unsigned>(date.day()));
}

}  // namespace slipway::card
