#include "text/yaml_number.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <string>
#include <vector>

namespace slipway::yaml {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_digit_or_bar(char c) { return is_digit(c) || c == '_'; }

bool take_sign(std::string_view& text) {
  if (text.empty() || (text.front() != '+' && text.front() != '-')) return false;
  text.remove_prefix(1);
  return true;
}

// Removes the longest run of characters that `wanted` accepts; its length.
template <class Wanted>
std::size_t take_run(std::string_view& text, Wanted wanted) {
  const auto end = std::ranges::find_if_not(text, wanted);
  const auto length = static_cast<std::size_t>(end - text.begin());
  text.remove_prefix(length);
  return length;
}

// (?::[0-5]?[0-9])+ ; true when at least one group was taken.
bool take_sixties(std::string_view& text) {
  bool taken = false;
  while (text.size() >= 2 && text[0] == ':' && is_digit(text[1])) {
    const bool two = text.size() >= 3 && text[1] <= '5' && is_digit(text[2]);
    text.remove_prefix(two ? 3 : 2);
    taken = true;
  }
  return taken;
}

// [eE][-+][0-9]+ , or nothing at all.
bool take_exponent(std::string_view& text) {
  if (text.empty()) return true;
  if (text.front() != 'e' && text.front() != 'E') return false;
  text.remove_prefix(1);
  return take_sign(text) && take_run(text, is_digit) > 0;
}

bool is_infinity_or_nan(std::string_view text) {
  if (text == ".nan" || text == ".NaN" || text == ".NAN") return true;
  take_sign(text);
  return text == ".inf" || text == ".Inf" || text == ".INF";
}

std::string without_bars(std::string_view text) {
  std::string out(text);
  std::erase(out, '_');
  return out;
}

std::vector<std::string_view> split_at_colons(std::string_view text) {
  std::vector<std::string_view> parts;
  for (;;) {
    const auto colon = text.find(':');
    parts.push_back(text.substr(0, colon));
    if (colon == std::string_view::npos) return parts;
    text.remove_prefix(colon + 1);
  }
}

struct Sum {
  std::uint64_t value = 0;
  bool overflow = false;

  void shift_in(std::uint64_t base, std::uint64_t digit) {
    if (overflow) return;
    constexpr auto kMax = std::numeric_limits<std::uint64_t>::max();
    overflow = value > (kMax - digit) / base;
    if (!overflow) value = value * base + digit;
  }
};

std::uint64_t digit_of(char c) {
  if (is_digit(c)) return static_cast<std::uint64_t>(c - '0');
  return static_cast<std::uint64_t>((c | 0x20) - 'a' + 10);
}

Sum sum_digits(std::string_view digits, std::uint64_t base) {
  Sum sum;
  for (const char c : digits) sum.shift_in(base, digit_of(c));
  return sum;
}

Sum sum_sixties(std::string_view text) {
  Sum sum;
  for (const std::string_view part : split_at_colons(text)) {
    const Sum digits = sum_digits(part, 10);
    if (digits.overflow) return digits;
    sum.shift_in(60, digits.value);
  }
  return sum;
}

IntValue with_sign(Sum sum, bool negative) {
  constexpr auto kMax = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  if (sum.overflow || sum.value > kMax + (negative ? 1 : 0)) return {.overflow = true};
  if (!negative) return {.value = static_cast<std::int64_t>(sum.value)};
  return {.value = static_cast<std::int64_t>(0 - sum.value)};
}

// Of a number out of range: too large (else too small). The place of its first digit decides.
bool is_huge(std::string_view text) {
  const auto mark = std::min(text.find_first_of("eE"), text.size());
  std::string_view mantissa = text.substr(0, mark);
  const auto point = static_cast<std::int64_t>(std::min(mantissa.find('.'), mantissa.size()));
  const auto first =
      static_cast<std::int64_t>(std::min(mantissa.find_first_of("123456789"), mantissa.size()));
  if (mark == text.size()) return point > first;
  const bool negative = text.substr(mark + 1).starts_with('-');
  const Sum exponent = sum_digits(text.substr(mark + 2), 10);
  if (exponent.overflow || exponent.value > 4'000'000) return !negative;
  const auto shift = static_cast<std::int64_t>(exponent.value);
  return point - first + (negative ? -shift : shift) > 0;
}

std::optional<double> plain_double(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (end != text.data() + text.size() || text.empty()) return std::nullopt;
  if (error == std::errc{}) return value;
  if (error != std::errc::result_out_of_range) return std::nullopt;
  return is_huge(text) ? std::numeric_limits<double>::infinity() : 0.0;
}

}  // namespace

bool looks_int(std::string_view text) {
  take_sign(text);
  if (text.starts_with("0b")) {
    text.remove_prefix(2);
    return take_run(text, [](char c) { return c == '0' || c == '1' || c == '_'; }) > 0 && text.empty();
  }
  if (text.starts_with("0x")) {
    text.remove_prefix(2);
    const auto is_hex = [](char c) {
      return is_digit_or_bar(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
    };
    return take_run(text, is_hex) > 0 && text.empty();
  }
  if (text.empty() || !is_digit(text.front())) return false;
  if (text.front() == '0') {
    take_run(text, [](char c) { return (c >= '0' && c <= '7') || c == '_'; });
    return text.empty();
  }
  take_run(text, is_digit_or_bar);
  return text.empty() || (take_sixties(text) && text.empty());
}

bool looks_float(std::string_view text) {
  if (is_infinity_or_nan(text)) return true;
  const bool sign = take_sign(text);
  if (text.empty()) return false;
  if (text.front() == '.') {  // [0-9][0-9_]* must follow, and no sign stand before: "-.5" is a string
    text.remove_prefix(1);
    if (sign || text.empty() || !is_digit(text.front())) return false;
    take_run(text, is_digit_or_bar);
    return take_exponent(text) && text.empty();
  }
  if (!is_digit(text.front())) return false;
  take_run(text, is_digit_or_bar);
  const bool sixties = take_sixties(text);
  if (text.empty() || text.front() != '.') return false;
  text.remove_prefix(1);
  take_run(text, is_digit_or_bar);
  return sixties ? text.empty() : take_exponent(text) && text.empty();
}

std::optional<IntValue> int_value(std::string_view text) {
  const bool negative = text.starts_with('-');
  take_sign(text);
  const std::string digits = without_bars(text);
  if (digits.empty()) return std::nullopt;
  if (digits.starts_with("0b") || digits.starts_with("0x")) {
    if (digits.size() == 2) return std::nullopt;
    return with_sign(sum_digits(std::string_view(digits).substr(2), digits[1] == 'b' ? 2 : 16), negative);
  }
  if (digits.front() == '0') return with_sign(sum_digits(digits, 8), negative);
  return with_sign(sum_sixties(digits), negative);
}

std::optional<double> float_value(std::string_view text) {
  if (!looks_float(text) && !looks_int(text)) return std::nullopt;
  const double sign = text.starts_with('-') ? -1 : 1;
  if (text.ends_with("an") || text.ends_with("AN") || text.ends_with("aN")) {
    return std::numeric_limits<double>::quiet_NaN();
  }
  if (is_infinity_or_nan(text)) return sign * std::numeric_limits<double>::infinity();
  take_sign(text);
  const std::string digits = without_bars(text);
  const auto parts = split_at_colons(digits);
  double sum = 0;
  double base = 1;
  for (auto part = parts.rbegin(); part != parts.rend(); ++part, base *= 60) {  // Python's order of rounding
    const auto value = plain_double(*part);
    if (!value) return std::nullopt;
    sum += *value * base;
  }
  return sign * sum;
}

}  // namespace slipway::yaml
