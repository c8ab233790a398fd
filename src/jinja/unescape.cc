#include <cstdint>

#include "jinja/lexer.h"
#include "jinja/types.h"
#include "jinja/unicode.h"

namespace slipway::jinja {
namespace {

// Python reads the literal as ASCII with escapes, after everything else has become an escape.
std::string with_escapes(std::string_view text) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const Point point = next_point(text, at);
    if (point < 0x80) {
      out += static_cast<char>(point);
      continue;
    }
    const int count = point < 0x100 ? 2 : point < 0x10000 ? 4 : 8;
    out += count == 2 ? "\\x" : count == 4 ? "\\u" : "\\U";
    for (int shift = (count - 1) * 4; shift >= 0; shift -= 4) out += kHex[(point >> shift) & 0xF];
  }
  return out;
}

int hex(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

class Unescape {
 public:
  explicit Unescape(std::string text) : text_(std::move(text)) {}

  Result<std::string> run() {
    while (at_ < text_.size()) {
      if (text_[at_] != '\\' || at_ + 1 == text_.size()) {
        out_ += text_[at_++];
      } else {
        SLIPWAY_TRY(escape(text_[at_ + 1]));
      }
    }
    return std::move(out_);
  }

 private:
  Result<void> escape(char letter) {
    constexpr std::string_view kLetters = "\n\\'\"abfnrtv";
    constexpr std::string_view kMeaning = "\n\\'\"\a\b\f\n\r\t\v";
    at_ += 2;
    if (letter >= '0' && letter <= '7') return octal();
    if (letter == 'x') return number(2);
    if (letter == 'u') return number(4);
    if (letter == 'U') return number(8);
    if (letter == 'N') return unsupported("\\N{...} in a string");
    const std::size_t which = kLetters.find(letter);
    if (which == std::string_view::npos) {
      out_ += '\\';
      out_ += letter;
    } else if (letter != '\n') {
      out_ += kMeaning[which];
    }
    return {};
  }

  Result<void> octal() {
    Point point = 0;
    --at_;
    for (int i = 0; i < 3 && at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '7'; ++i)
      point = point * 8 + static_cast<Point>(text_[at_++] - '0');
    append_point(out_, point);
    return {};
  }

  Result<void> number(int digits) {
    Point point = 0;
    for (int i = 0; i < digits; ++i, ++at_) {
      const int digit = at_ < text_.size() ? hex(text_[at_]) : -1;
      if (digit < 0) return corrupt("an escape in a string is cut short");
      point = point * 16 + static_cast<Point>(digit);
    }
    if (point > 0x10FFFF) return corrupt("an escape in a string is no Unicode character");
    append_point(out_, point);
    return {};
  }

  std::string text_;
  std::string out_;
  std::size_t at_ = 0;
};

}  // namespace

Result<std::string> unescape(std::string_view text) { return Unescape(with_escapes(text)).run(); }

}  // namespace slipway::jinja
