#include "pickle/escapes.h"

#include <cstdint>

#include "base/encoding.h"

namespace slipway::pickle {
namespace {

constexpr std::uint32_t kReplacement = 0xfffd;

int digit_of(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

// Takes exactly `count` hexadecimal digits from the front.
std::optional<std::uint32_t> take_hex(std::string_view& text, std::size_t count) {
  if (text.size() < count) return std::nullopt;
  std::uint32_t value = 0;
  for (const char c : text.substr(0, count)) {
    if (digit_of(c) < 0) return std::nullopt;
    value = value << 4U | static_cast<std::uint32_t>(digit_of(c));
  }
  text.remove_prefix(count);
  return value;
}

bool is_surrogate(std::uint32_t code_point) { return code_point >= 0xd800 && code_point < 0xe000; }

// The three bytes of a surrogate, which strict UTF-8 does not have.
bool starts_with_surrogate(std::string_view text) {
  return text.size() >= 3 && text[0] == '\xed' && (static_cast<unsigned char>(text[1]) & 0xe0U) == 0xa0 &&
         (static_cast<unsigned char>(text[2]) & 0xc0U) == 0x80;
}

char simple_escape(char c) {
  constexpr std::string_view kFrom = "abfnrtv\\'\"", kTo = "\a\b\f\n\r\t\v\\'\"";
  const auto at = kFrom.find(c);
  return at == std::string_view::npos ? '\0' : kTo[at];
}

// What stands behind a backslash; the text is moved past it.
std::optional<std::string> take_escape(std::string_view& text) {
  if (text.empty()) return std::nullopt;
  const char c = text.front();
  if (const char plain = simple_escape(c); plain != '\0') {
    text.remove_prefix(1);
    return std::string(1, plain);
  }
  if (c == 'x') {
    text.remove_prefix(1);
    const auto value = take_hex(text, 2);
    return value ? std::optional(std::string(1, static_cast<char>(*value))) : std::nullopt;
  }
  unsigned octal = 0;
  std::size_t digits = 0;
  while (digits < 3 && digits < text.size() && text[digits] >= '0' && text[digits] <= '7')
    octal = octal * 8 + static_cast<unsigned>(text[digits++] - '0');
  if (digits == 0) return std::string("\\");  // stays, as Python has it
  text.remove_prefix(digits);
  return std::string(1, static_cast<char>(octal & 0xffU));
}

}  // namespace

std::optional<std::string> unquoted(std::string_view inside) {
  std::string out;
  while (!inside.empty()) {
    const char c = inside.front();
    inside.remove_prefix(1);
    if (c != '\\') {
      out += c;
      continue;
    }
    const auto escape = take_escape(inside);
    if (!escape) return std::nullopt;
    out += *escape;
  }
  return is_utf8(out) ? std::optional(std::move(out)) : std::nullopt;
}

std::optional<std::string> unescaped(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const char c = text.front();
    const bool escape = c == '\\' && text.size() > 1 && (text[1] == 'u' || text[1] == 'U');
    std::uint32_t code_point = static_cast<unsigned char>(c);
    text.remove_prefix(escape ? 2 : 1);
    if (escape) {
      const auto value = take_hex(text, text.data()[-1] == 'u' ? 4 : 8);
      if (!value || *value > 0x10ffff) return std::nullopt;
      code_point = is_surrogate(*value) ? kReplacement : *value;
    }
    append_utf8(out, code_point);
  }
  return out;
}

std::optional<std::string> without_surrogates(std::string_view text) {
  if (is_utf8(text)) return std::string(text);
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    if (starts_with_surrogate(text.substr(i))) {
      append_utf8(out, kReplacement);
      i += 3;
    } else {
      out += text[i++];
    }
  }
  return is_utf8(out) ? std::optional(std::move(out)) : std::nullopt;
}

bool is_python_utf8(std::string_view text) {
  // Between surrogates strict rules hold; a surrogate never stands inside of another character.
  std::size_t begin = 0;
  for (std::size_t i = 0; i < text.size();) {
    if (text[i] != '\xed' || !starts_with_surrogate(text.substr(i))) {
      ++i;
      continue;
    }
    if (!is_utf8(text.substr(begin, i - begin))) return false;
    i += 3;
    begin = i;
  }
  return is_utf8(text.substr(begin));
}

}  // namespace slipway::pickle
