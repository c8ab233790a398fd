#include "hub/dates.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <vector>

#include "base/whole_number.h"

namespace slipway::hub {
namespace {

constexpr std::array<std::string_view, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
constexpr std::size_t kDateCharsMax = 64;

std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> words;
  while (!text.empty()) {
    const std::size_t end = text.find_first_of(" ,-");
    if (end != 0) words.push_back(text.substr(0, end));
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  return words;
}

std::optional<int> number(std::string_view text) {
  const auto value = whole_number<int>(text);
  return value && *value >= 0 ? value : std::nullopt;
}

std::optional<unsigned> month(std::string_view text) {
  const auto* at = std::ranges::find(kMonths, text);
  return at == kMonths.end() ? std::nullopt : std::optional(static_cast<unsigned>(at - kMonths.begin()) + 1);
}

std::optional<std::chrono::seconds> time_of_day(std::string_view text) {
  if (text.size() != 8 || text[2] != ':' || text[5] != ':') return std::nullopt;
  const auto hour = number(text.substr(0, 2)), minute = number(text.substr(3, 2)),
             second = number(text.substr(6));
  if (!hour || !minute || !second || *hour > 23 || *minute > 59 || *second > 60) return std::nullopt;
  return std::chrono::hours(*hour) + std::chrono::minutes(*minute) + std::chrono::seconds(*second);
}

std::optional<std::int64_t> unix_ms(int year, unsigned which, int day, std::chrono::seconds time) {
  if (year > 9999 || day > 31) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(which),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok()) return std::nullopt;
  const auto at = std::chrono::sys_days(date).time_since_epoch() + time;
  return std::chrono::duration_cast<std::chrono::milliseconds>(at).count();
}

// "Z", "+02:00", "-07:30".
std::optional<std::chrono::seconds> utc_offset(std::string_view text) {
  if (text == "Z" || text == "z") return std::chrono::seconds(0);
  if (text.size() != 6 || (text[0] != '+' && text[0] != '-') || text[3] != ':') return std::nullopt;
  const auto hours = number(text.substr(1, 2)), minutes = number(text.substr(4));
  if (!hours || !minutes || *hours > 23 || *minutes > 59) return std::nullopt;
  const std::chrono::seconds offset = std::chrono::hours(*hours) + std::chrono::minutes(*minutes);
  return text[0] == '-' ? -offset : offset;
}

struct Parts {
  std::string_view day, month, year, time;
};

// "Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994".
std::optional<Parts> parts_of(std::string_view text) {
  const std::vector<std::string_view> words = words_of(text);
  if (words.size() == 6 && words[5] == "GMT") return Parts{words[1], words[2], words[3], words[4]};
  if (words.size() == 5 && month(words[1])) return Parts{words[2], words[1], words[4], words[3]};
  return std::nullopt;
}

}  // namespace

std::optional<std::int64_t> parse_http_date(std::string_view text) {
  if (text.size() > kDateCharsMax) return std::nullopt;
  const auto parts = parts_of(text);
  if (!parts) return std::nullopt;
  const auto day = number(parts->day), year = number(parts->year);
  const auto which = month(parts->month);
  const auto time = time_of_day(parts->time);
  if (!day || !year || !which || !time) return std::nullopt;
  return unix_ms(*year >= 100 ? *year : *year + (*year < 70 ? 2000 : 1900), *which, *day, *time);
}

std::optional<std::int64_t> parse_rfc3339(std::string_view text) {
  if (text.size() < 20 || text.size() > kDateCharsMax) return std::nullopt;
  if (text[4] != '-' || text[7] != '-' || (text[10] != 'T' && text[10] != 't' && text[10] != ' '))
    return std::nullopt;
  const auto year = number(text.substr(0, 4)), which = number(text.substr(5, 2)),
             day = number(text.substr(8, 2));
  const auto time = time_of_day(text.substr(11, 8));
  if (!year || !which || !day || !time) return std::nullopt;
  std::string_view rest = text.substr(19);
  if (rest.starts_with('.')) {
    rest.remove_prefix(1);
    while (!rest.empty() && rest.front() >= '0' && rest.front() <= '9') rest.remove_prefix(1);
  }
  const auto offset = utc_offset(rest);
  if (!offset) return std::nullopt;
  return unix_ms(*year, static_cast<unsigned>(*which), *day, *time - *offset);
}

}  // namespace slipway::hub
