#include "jinja/lex_number.h"

#include <charconv>
#include <cstdlib>
#include <string>

#include "jinja/types.h"

namespace slipway::jinja {
namespace {

int digit_of(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return 99;
}

// Digits of `base` with single underscores between; `leading`: an underscore may stand before the first.
std::size_t digits(std::string_view text, std::size_t at, int base, bool leading = false) {
  const std::size_t begin = at;
  while (at < text.size()) {
    std::size_t next = at;
    if (text[next] == '_' && (at > begin || leading)) ++next;
    if (next >= text.size() || digit_of(text[next]) >= base) break;
    at = next + 1;
  }
  return at;
}

std::string plain(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c != '_') out += c;
  }
  return out;
}

// Python's literal: the end of a float, or `at` when there is none.
std::size_t float_end(std::string_view text, std::size_t at) {
  if (at > 0 && text[at - 1] == '.') return at;
  const std::size_t whole = digits(text, at, 10);
  if (whole == at) return at;
  std::size_t end = whole;
  if (end < text.size() && text[end] == '.') {
    const std::size_t fraction = digits(text, end + 1, 10);
    if (fraction > end + 1) end = fraction;
  }
  if (end < text.size() && (text[end] == 'e' || text[end] == 'E')) {
    std::size_t power = end + 1;
    if (power < text.size() && (text[power] == '+' || text[power] == '-')) ++power;
    const std::size_t last = digits(text, power, 10);
    if (last > power) end = last;
  }
  return end == whole ? at : end;
}

struct Whole {
  std::size_t end;
  int base;
  std::size_t begin;  // of the digits
};

Whole whole_end(std::string_view text, std::size_t at) {
  if (text[at] == '0' && at + 1 < text.size()) {
    const char mark = static_cast<char>(text[at + 1] | 0x20);
    const int base = mark == 'b' ? 2 : mark == 'o' ? 8 : mark == 'x' ? 16 : 0;
    if (base != 0) {
      const std::size_t end = digits(text, at + 2, base, true);
      if (end > at + 2) return {end, base, at + 2};
    }
  }
  if (text[at] != '0') return {digits(text, at, 10), 10, at};
  return {digits(text, at, 1), 10, at};
}

}  // namespace

Result<NumberToken> lex_number(std::string_view text, std::size_t at) {
  if (at >= text.size() || text[at] < '0' || text[at] > '9') return NumberToken{};
  if (const std::size_t end = float_end(text, at); end != at) {
    const std::string literal = plain(text.substr(at, end - at));
    return NumberToken{end - at, Value::real(std::strtod(literal.c_str(), nullptr))};
  }
  const Whole whole = whole_end(text, at);
  const std::string literal = plain(text.substr(whole.begin, whole.end - whole.begin));
  std::int64_t value = 0;
  const auto [last, problem] =
      std::from_chars(literal.data(), literal.data() + literal.size(), value, whole.base);
  if (problem != std::errc{}) return unsupported("the integer " + literal + " does not fit 64 bits");
  return NumberToken{whole.end - at, Value::integer(value)};
}

}  // namespace slipway::jinja
