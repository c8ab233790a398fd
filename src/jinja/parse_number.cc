#include "jinja/parse_number.h"

#include <cmath>
#include <cstdlib>
#include <limits>
#include <string>

#include "jinja/types.h"
#include "jinja/unicode.h"

namespace slipway::jinja {
namespace {

// Unicode's decimal digits as ASCII ones, as Python reads them.
std::string plain(std::string_view text) {
  std::string out;
  text = strip(text);
  for (std::size_t at = 0; at < text.size();) {
    const Point point = next_point(text, at);
    if (point >= 0x80 && has(point, kDecimal)) {
      Point zero = point;
      while (point - zero < 9 && has(zero - 1, kDecimal)) --zero;
      out += static_cast<char>('0' + (point - zero) % 10);
    } else {
      append_point(out, point);
    }
  }
  return out;
}

int digit_of(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'z' ? lower - 'a' + 10 : 99;
}

bool marks(std::string_view text, char mark) {
  return text.size() > 1 && text[0] == '0' && (text[1] | 0x20) == mark;
}

}  // namespace

Result<std::optional<std::int64_t>> parse_whole(std::string_view text, std::int64_t base) {
  if (base != 0 && (base < 2 || base > 36)) return std::nullopt;
  const std::string all = plain(text);
  std::string_view rest = all;
  const bool negative = rest.starts_with('-');
  if (negative || rest.starts_with('+')) rest.remove_prefix(1);
  const int of = marks(rest, 'x') ? 16 : marks(rest, 'o') ? 8 : marks(rest, 'b') ? 2 : 0;
  bool underscore = false;
  if (of != 0 && (base == 0 || base == of)) {
    base = of;
    rest.remove_prefix(2);
    underscore = true;
  } else if (base == 0) {
    base = 10;
    if (rest.size() > 1 && rest[0] == '0' && rest.find_first_not_of("0_") != std::string_view::npos)
      return std::nullopt;
  }
  if (rest.empty()) return std::nullopt;
  std::int64_t value = 0;
  bool overflow = false;
  bool last_digit = underscore;
  for (const char c : rest) {
    if (c == '_') {
      if (!last_digit) return std::nullopt;
      last_digit = false;
      continue;
    }
    const int digit = digit_of(c);
    if (digit >= base) return std::nullopt;
    overflow = overflow || __builtin_mul_overflow(value, base, &value) ||
               __builtin_sub_overflow(value, digit, &value);
    last_digit = true;
  }
  if (!last_digit) return std::nullopt;
  if (overflow || (!negative && value == std::numeric_limits<std::int64_t>::min())) {
    return unsupported("an integer past 64 bits");
  }
  return negative ? value : -value;
}

std::optional<double> parse_real(std::string_view text) {
  const std::string all = plain(text);
  std::string digits;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (all[i] != '_') {
      digits += all[i];
      continue;
    }
    const auto is_digit = [&](std::size_t at) { return at < all.size() && all[at] >= '0' && all[at] <= '9'; };
    if (i == 0 || !is_digit(i - 1) || !is_digit(i + 1)) return std::nullopt;
  }
  std::string word = to_lower(digits);
  const bool negative = word.starts_with('-');
  if (negative || word.starts_with('+')) word.erase(0, 1);
  if (word == "inf" || word == "infinity") return negative ? -HUGE_VAL : HUGE_VAL;
  if (word == "nan") return std::nan("");
  if (word.empty() || word.find_first_not_of("0123456789.e+-") != std::string::npos) return std::nullopt;
  if (word[0] == '+' || word[0] == '-') return std::nullopt;
  char* end = nullptr;
  const double value = std::strtod(word.c_str(), &end);
  if (end != word.c_str() + word.size()) return std::nullopt;
  return negative ? -value : value;
}

}  // namespace slipway::jinja
