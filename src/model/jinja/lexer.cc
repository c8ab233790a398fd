#include "model/jinja/lexer.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace slipway::model::jinja {
namespace {

constexpr auto kLongSigns = std::to_array<std::string_view>({"==", "!=", "<=", ">=", "//", "**"});
constexpr std::string_view kSigns = "+-*/%~<>=()[]{}.,:|";

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_name(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || is_digit(c); }

int opened_by(const Token& token) {
  if (token.kind != Token::Kind::kSign || token.text.size() != 1) return 0;
  const char sign = token.text.front();
  if (sign == '{' || sign == '[' || sign == '(') return 1;
  return sign == '}' || sign == ']' || sign == ')' ? -1 : 0;
}

class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}
  Result<std::vector<Piece>> run();

 private:
  std::unexpected<Error> trouble(std::string_view what) const {
    const auto line = 1 + std::count(text_.begin(), text_.begin() + static_cast<std::ptrdiff_t>(at_), '\n');
    return fail(ErrorCode::kUnsupported, fmt::format("line {}: {}", line, what));
  }
  bool sees(std::string_view sign) const { return text_.substr(at_).starts_with(sign); }
  void take_text(std::size_t end);
  Result<void> take_tag();
  Result<void> take_comment();
  Result<std::vector<Token>> tokens_until(std::string_view end);
  Result<Token> next_token();
  Result<Token> string_token();
  void after_tag(bool trims, bool block);

  std::string_view text_;
  std::size_t at_ = 0;
  bool strip_left_ = false;     // the tag before ended in '-'
  bool strip_newline_ = false;  // trim_blocks
  std::vector<Piece> pieces_{};
};

// The text before a tag, with the blanks that the tags on both sides take away.
void Lexer::take_text(std::size_t end) {
  std::string_view text = text_.substr(at_, end - at_);
  if (strip_left_) {
    while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  } else if (strip_newline_ && text.starts_with('\n')) {
    text.remove_prefix(1);
  }
  at_ = end;
  strip_left_ = strip_newline_ = false;
  if (end < text_.size()) {
    const char sign = end + 2 < text_.size() ? text_[end + 2] : ' ';
    if (sign == '-') {
      while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
    } else if (text_[end + 1] != '{' && sign != '+') {  // lstrip_blocks: only blanks since the line began
      const std::size_t keep = text.find_last_not_of(" \t");
      if (keep != std::string_view::npos && text[keep] == '\n') text = text.substr(0, keep + 1);
    }
  }
  if (!text.empty()) pieces_.push_back({.kind = Piece::Kind::kText, .text = std::string(text)});
}

void Lexer::after_tag(bool trims, bool block) {
  strip_left_ = trims;
  strip_newline_ = block && !trims;
}

Result<void> Lexer::take_comment() {
  const std::size_t end = text_.find("#}", at_ + 2);
  if (end == std::string_view::npos) return trouble("a comment is not closed");
  const bool trims = end > at_ + 2 && text_[end - 1] == '-';
  at_ = end + 2;
  after_tag(trims, true);
  return {};
}

Result<Token> Lexer::string_token() {
  const char quote = text_[at_++];
  Token token{.kind = Token::Kind::kString};
  while (at_ < text_.size() && text_[at_] != quote) {
    char c = text_[at_++];
    if (c == '\\' && at_ < text_.size()) {
      c = text_[at_++];
      if (c == 'u' || c == 'x' || c == 'U' || c == 'N' || is_digit(c))
        return trouble("an escape by number is not read");
      if (c != '\\' && c != quote && c != '\'' && c != '"' && c != 'n' && c != 't' && c != 'r')
        token.text += '\\';
      c = c == 'n' ? '\n' : c == 't' ? '\t' : c == 'r' ? '\r' : c;
    }
    token.text += c;
  }
  if (at_ >= text_.size()) return trouble("a string is not closed");
  ++at_;
  return token;
}

Result<Token> Lexer::next_token() {
  const char c = text_[at_];
  if (c == '"' || c == '\'') return string_token();
  const std::size_t begin = at_;
  if (is_name(c)) {
    while (at_ < text_.size() && is_name(text_[at_])) ++at_;
    const std::string text(text_.substr(begin, at_ - begin));
    if (!is_digit(c)) return Token{.kind = Token::Kind::kName, .text = text};
    if (!std::ranges::all_of(text, is_digit)) return trouble("a number is not read");
    if (at_ + 1 < text_.size() && text_[at_] == '.' && is_digit(text_[at_ + 1]))
      return trouble("a decimal number is not read");
    return Token{.kind = Token::Kind::kInt, .text = text};
  }
  for (const std::string_view sign : kLongSigns) {
    if (!sees(sign)) continue;
    at_ += sign.size();
    return Token{.kind = Token::Kind::kSign, .text = std::string(sign)};
  }
  if (kSigns.find(c) == std::string_view::npos) return trouble("a sign in a tag is not read");
  ++at_;
  return Token{.kind = Token::Kind::kSign, .text = std::string(1, c)};
}

// Braces and brackets inside hide an end: {{ {'a': {}} }}.
Result<std::vector<Token>> Lexer::tokens_until(std::string_view end) {
  std::vector<Token> tokens;
  int open = 0;
  while (true) {
    while (at_ < text_.size() && is_blank(text_[at_])) ++at_;
    if (at_ >= text_.size()) return trouble("a tag is not closed");
    const bool trims = text_[at_] == '-' || text_[at_] == '+';
    if (open == 0 && text_.substr(at_ + (trims ? 1 : 0)).starts_with(end)) {
      after_tag(text_[at_] == '-', end == "%}");
      at_ += end.size() + (trims ? 1 : 0);
      return tokens;
    }
    SLIPWAY_ASSIGN(Token token, next_token());
    open += opened_by(token);
    tokens.push_back(std::move(token));
  }
}

Result<void> Lexer::take_tag() {
  if (sees("{#")) return take_comment();
  const bool output = sees("{{");
  at_ += 2;
  if (at_ < text_.size() && (text_[at_] == '-' || text_[at_] == '+')) ++at_;
  SLIPWAY_ASSIGN(auto tokens, tokens_until(output ? "}}" : "%}"));
  pieces_.push_back({.kind = output ? Piece::Kind::kOutput : Piece::Kind::kTag, .tokens = std::move(tokens)});
  return {};
}

Result<std::vector<Piece>> Lexer::run() {
  while (at_ < text_.size()) {
    std::size_t tag = at_;
    while (tag < text_.size()) {
      tag = std::min(text_.find('{', tag), text_.size());
      if (tag + 1 < text_.size() && std::string_view("{%#").find(text_[tag + 1]) != std::string_view::npos)
        break;
      if (tag < text_.size()) ++tag;
    }
    take_text(tag);
    if (at_ < text_.size()) SLIPWAY_TRY(take_tag());
  }
  return std::move(pieces_);
}

}  // namespace

Result<std::vector<Piece>> lex(std::string_view text) { return Lexer(text).run(); }

}  // namespace slipway::model::jinja
