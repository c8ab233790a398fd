#include "jinja/lexer.h"

#include <fmt/format.h>

#include "jinja/lex_number.h"
#include "jinja/types.h"
#include "jinja/unicode.h"

namespace slipway::jinja {
namespace {

std::string with_plain_lines(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '\r') {
      out += text[at];
      continue;
    }
    out += '\n';
    if (at + 1 < text.size() && text[at + 1] == '\n') ++at;
  }
  if (out.ends_with('\n')) out.pop_back();
  return out;
}

class Lexer {
 public:
  explicit Lexer(std::string text) : text_(std::move(text)) {}

  Result<std::vector<Token>> run() {
    while (at_ < text_.size()) SLIPWAY_TRY(piece());
    put(Token::Kind::kEnd);
    return std::move(tokens_);
  }

 private:
  using Kind = Token::Kind;

  std::string_view rest() const { return std::string_view(text_).substr(at_); }
  bool sees(std::string_view what) const { return rest().starts_with(what); }
  void put(Kind kind, std::string text = {}) {
    tokens_.push_back({.kind = kind, .line = line_, .text = std::move(text)});
  }
  std::unexpected<Error> wrong(std::string_view what) const {
    return corrupt(fmt::format("line {}: {}", line_, what));
  }

  void skip_to(std::size_t end) {
    for (; at_ < end; ++at_) {
      if (text_[at_] == '\n') ++line_;
    }
    line_starting_ = end > 0 && text_[end - 1] == '\n';
  }
  std::size_t after_spaces(std::size_t at) const {
    return text_.size() - strip_left(std::string_view(text_).substr(at)).size();
  }

  // Where the next tag begins.
  std::size_t next_tag() const {
    for (std::size_t at = text_.find('{', at_); at != std::string::npos; at = text_.find('{', at + 1)) {
      const char next = at + 1 < text_.size() ? text_[at + 1] : '\0';
      if (next == '{' || next == '%' || next == '#') return at;
    }
    return text_.size();
  }

  // The text before a tag: `-` takes all blanks at its end, else lstrip_blocks those of the tag's own line.
  void data(std::size_t end, char sign, bool strips_line) {
    std::string_view text = std::string_view(text_).substr(at_, end - at_);
    if (sign == '-') {
      text = strip_right(text);
    } else if (sign != '+' && strips_line) {
      const std::size_t line = text.rfind('\n') + 1;
      if ((line > 0 || line_starting_) && strip(text.substr(line)).empty()) text = text.substr(0, line);
    }
    if (!text.empty()) put(Kind::kData, std::string(text));
    skip_to(end);
  }

  char sign_at(std::size_t at) const {
    return at < text_.size() && (text_[at] == '-' || text_[at] == '+') ? text_[at] : '\0';
  }

  Result<void> piece() {
    const std::size_t tag = next_tag();
    if (tag == text_.size()) {
      put(Kind::kData, text_.substr(at_));
      skip_to(tag);
      return {};
    }
    const char sign = sign_at(tag + 2);
    const std::size_t inside = tag + (sign == '\0' ? 2 : 3);
    data(tag, sign, text_[tag + 1] != '{');
    if (text_[tag + 1] == '#') return comment(inside);
    if (text_[tag + 1] == '%') {
      if (const std::size_t raw = word_tag(inside, "raw", false); raw != 0) return raw_block(raw);
    }
    const bool block = text_[tag + 1] == '%';
    put(block ? Kind::kBlockBegin : Kind::kPrintBegin);
    skip_to(inside);
    return expression(block);
  }

  // The end of the tag that consists of `word` alone, which begins at `at` behind its sign; 0 if it is
  // another.
  std::size_t word_tag(std::size_t at, std::string_view word, bool trims) const {
    at = after_spaces(at);
    const std::string_view text(text_);
    if (!text.substr(at).starts_with(word)) return 0;
    at = after_spaces(at + word.size());
    if (text.substr(at).starts_with("-%}")) return after_spaces(at + 3);
    if (trims && text.substr(at).starts_with("+%}")) return at + 3;
    if (!text.substr(at).starts_with("%}")) return 0;
    at += 2;
    return trims && at < text.size() && text[at] == '\n' ? at + 1 : at;
  }

  Result<void> comment(std::size_t inside) {
    skip_to(inside);
    const std::size_t end = text_.find("#}", at_);
    if (end == std::string::npos) return wrong("a comment has no end");
    std::size_t after = end + 2;
    const char sign = end > at_ ? text_[end - 1] : '\0';
    if (sign == '-') {
      after = after_spaces(after);
    } else if (sign != '+' && after < text_.size() && text_[after] == '\n') {
      ++after;
    }
    skip_to(after);
    return {};
  }

  Result<void> raw_block(std::size_t inside) {
    skip_to(inside);
    for (std::size_t at = text_.find("{%", at_); at != std::string::npos; at = text_.find("{%", at + 1)) {
      const char sign = sign_at(at + 2);
      const std::size_t end = word_tag(at + (sign == '\0' ? 2 : 3), "endraw", true);
      if (end == 0) continue;
      data(at, sign, true);
      skip_to(end);
      return {};
    }
    return wrong("a raw block has no end");
  }

  // The end of a tag, past the blanks it takes; 0 when it is not here.
  std::size_t tag_end(bool block) const {
    const std::string_view close = block ? "%}" : "}}";
    if (sees("-") && rest().substr(1).starts_with(close)) return after_spaces(at_ + 3);
    if (block && sees("+%}")) return at_ + 3;
    if (!sees(close)) return 0;
    const std::size_t end = at_ + 2;
    return block && end < text_.size() && text_[end] == '\n' ? end + 1 : end;
  }

  Result<void> expression(bool block) {
    std::string open;
    while (at_ < text_.size()) {
      const std::size_t end = open.empty() ? tag_end(block) : 0;
      if (end != 0) {
        put(block ? Kind::kBlockEnd : Kind::kPrintEnd);
        skip_to(end);
        return {};
      }
      SLIPWAY_TRY(token(open));
    }
    return {};
  }

  Result<void> token(std::string& open) {
    if (const std::size_t blank = after_spaces(at_); blank != at_) {
      skip_to(blank);
      return {};
    }
    SLIPWAY_ASSIGN(const NumberToken number, lex_number(text_, at_));
    if (number.size > 0) {
      put(number.value.is(jinja::Kind::kFloat) ? Kind::kReal : Kind::kNumber, text_.substr(at_, number.size));
      tokens_.back().number = number.value;
      skip_to(at_ + number.size);
      return {};
    }
    if (const std::size_t end = name_end(); end != at_) return name(end);
    if (sees("'") || sees("\"")) return string();
    return sign(open);
  }

  std::size_t name_end() const {
    std::size_t at = at_;
    while (at < text_.size()) {
      std::size_t next = at;
      const Point point = next_point(text_, next);
      if (!is_word(point) && !has(point, kNameFollow)) break;
      at = next;
    }
    return at;
  }

  Result<void> name(std::size_t end) {
    std::string text = text_.substr(at_, end - at_);
    for (std::size_t at = 0; at < text.size();) {
      const bool first = at == 0;
      const Point point = next_point(text, at);
      if (!has(point, first ? kNameStart : kNameFollow)) return wrong(fmt::format("'{}' is no name", text));
    }
    put(Kind::kName, std::move(text));
    skip_to(end);
    return {};
  }

  Result<void> string() {
    const char quote = text_[at_];
    std::size_t end = at_ + 1;
    while (end < text_.size() && text_[end] != quote) end += text_[end] == '\\' ? 2u : 1u;
    if (end >= text_.size()) return wrong("a string has no end");
    auto text = unescape(std::string_view(text_).substr(at_ + 1, end - at_ - 1));
    if (!text) return wrong(text.error().message);
    put(Kind::kString, std::move(*text));
    skip_to(end + 1);
    return {};
  }

  Result<void> sign(std::string& open) {
    constexpr std::string_view kSigns[] = {"//", "**", "==", "!=", ">=", "<=", "+", "-", "/",
                                           "*",  "%",  "~",  "[",  "]",  "(",  ")", "{", "}",
                                           ">",  "<",  "=",  ".",  ":",  "|",  ",", ";"};
    for (const std::string_view text : kSigns) {
      if (!sees(text)) continue;
      if (text == "(") open += ')';
      if (text == "[") open += ']';
      if (text == "{") open += '}';
      if (text == ")" || text == "]" || text == "}") {
        if (open.empty() || open.back() != text[0]) return wrong(fmt::format("unexpected '{}'", text));
        open.pop_back();
      }
      put(Kind::kSign, std::string(text));
      skip_to(at_ + text.size());
      return {};
    }
    return wrong(fmt::format("unexpected character '{}'", rest().substr(0, 1)));
  }

  std::string text_;
  std::size_t at_ = 0;
  int line_ = 1;
  bool line_starting_ = true;
  std::vector<Token> tokens_;
};

}  // namespace

Result<std::vector<Token>> lex(std::string_view text) { return Lexer(with_plain_lines(text)).run(); }

}  // namespace slipway::jinja
