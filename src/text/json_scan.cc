#include "text/json_scan.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace slipway::json {
namespace {

bool is_blank(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }
bool ends_token(char c) { return c == ',' || c == ']' || c == '}' || is_blank(c); }

// A look-up a byte: find_first_of searches its set anew for each.
consteval std::array<bool, 256> table_of(std::string_view set) {
  std::array<bool, 256> table{};
  for (const char c : set) table[static_cast<unsigned char>(c)] = true;
  return table;
}
constexpr auto kInString = table_of("\"\\");
constexpr auto kInValue = table_of("\"{}[]");

std::size_t next_of(const std::array<bool, 256>& table, std::string_view text, std::size_t at) {
  while (at < text.size() && !table[static_cast<unsigned char>(text[at])]) ++at;
  return at;
}

}  // namespace

std::unexpected<Error> Scan::wrong(std::string_view what) const {
  const std::string_view before = text_.substr(0, at_);
  const auto line = std::ranges::count(before, '\n') + 1;
  const std::size_t column = before.size() - (before.rfind('\n') + 1) + 1;
  return fail(ErrorCode::kCorruptData, fmt::format("line {}, column {}: {}", line, column, what));
}

Result<Scan> Scan::open(std::string_view text, std::size_t at) {
  Scan scan(text, std::min(at, text.size()));
  if (text.size() > kJsonBytesMax)
    return fail(ErrorCode::kCorruptData,
                fmt::format("JSON of {} bytes is over the limit of {}", text.size(), kJsonBytesMax));
  scan.blanks();
  if (scan.peek() != '{' && scan.peek() != '[') return scan.wrong("an object or array is wanted here");
  scan.close_ = scan.peek() == '{' ? '}' : ']';
  ++scan.at_;
  return scan;
}

void Scan::blanks() {
  while (at_ < text_.size() && is_blank(text_[at_])) ++at_;
}

Result<bool> Scan::next(ScanItem& item) {
  if (done_) return false;
  blanks();
  if (peek() == close_) {
    ++at_;
    done_ = true;
    return false;
  }
  SLIPWAY_TRY(separator());
  if (is_object()) SLIPWAY_TRY(key(item.key));
  item.begin = at_;
  SLIPWAY_TRY(value());
  item.end = at_;
  return true;
}

Result<void> Scan::separator() {
  if (first_) {
    first_ = false;
    return {};
  }
  if (peek() != ',') return wrong(at_ == text_.size() ? "the text ends early" : "a comma is wanted here");
  ++at_;
  blanks();
  return {};
}

Result<void> Scan::key(std::string& out) {
  const std::size_t begin = at_;
  if (peek() != '"') return wrong("a key in double quotes is wanted here");
  SLIPWAY_TRY(string());
  const std::string_view quoted = text_.substr(begin, at_ - begin);
  if (quoted.find('\\') == std::string_view::npos) {
    out = quoted.substr(1, quoted.size() - 2);
  } else {
    const auto decoded = parse(quoted);
    if (!decoded) return wrong("the key before is no JSON string");
    out = decoded->string();
  }
  blanks();
  if (peek() != ':') return wrong("a colon is wanted here");
  ++at_;
  blanks();
  return {};
}

// Past the closing quote of a string, standing on its opening one.
Result<void> Scan::string() {
  ++at_;
  while (true) {
    at_ = next_of(kInString, text_, at_);
    const bool closes = peek() == '"';
    if (text_.size() - at_ < (closes ? 1 : 2)) {
      at_ = text_.size();
      return wrong("a string is not closed");
    }
    at_ += closes ? 1 : 2;
    if (closes) return {};
  }
}

Result<void> Scan::value() {
  const char first = peek();
  if (first == '"') return string();
  if (first == '{' || first == '[') return balanced();
  const std::size_t begin = at_;
  while (at_ < text_.size() && !ends_token(text_[at_])) ++at_;
  return at_ == begin ? Result<void>(wrong("a value is wanted here")) : Result<void>();
}

// Past the bracket that closes the one it stands on.
Result<void> Scan::balanced() {
  std::array<char, kJsonDepthMax> open{};
  std::size_t depth = 0;
  while (true) {
    at_ = next_of(kInValue, text_, at_);
    if (at_ == text_.size()) return wrong("the text ends early");
    const char c = text_[at_];
    if (c == '"') {
      SLIPWAY_TRY(string());
      continue;
    }
    if (c == '{' || c == '[') {
      if (depth == open.size()) return wrong("nested too deeply");
      open[depth++] = c == '{' ? '}' : ']';
    } else if (open[--depth] != c) {
      return wrong("this bracket closes none");
    }
    ++at_;
    if (depth == 0) return {};
  }
}

}  // namespace slipway::json
