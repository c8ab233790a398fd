#include <algorithm>
#include <ranges>

#include <fmt/format.h>

#include "base/encoding.h"
#include "slipway/json.h"
#include "text/json_number.h"

namespace slipway::json {
namespace {

constexpr std::size_t kShownKeyBytes = 60;

std::string shown(std::string_view key) {
  return key.size() <= kShownKeyBytes ? std::string(key)
                                      : fmt::format("{}...", key.substr(0, kShownKeyBytes));
}

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool is_token_end(char c) {
  return c == ',' || c == ']' || c == '}' || c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

}  // namespace

class Parser {
 public:
  // `keeps`: members and items are kept; else they are read and dropped.
  Parser(std::string_view text, const ParseOptions& options, bool keeps)
      : text_(text), options_(options), keeps_(keeps) {}

  Result<Value> document() {
    if (text_.size() > options_.bytes_max) {
      return fail(ErrorCode::kCorruptData,
                  fmt::format("JSON of {} bytes is over the limit of {}", text_.size(), options_.bytes_max));
    }
    if (!is_utf8(text_)) return fail(ErrorCode::kCorruptData, "the text is not UTF-8");
    Value root;
    blanks();
    SLIPWAY_TRY(value(root, 0));
    blanks();
    if (at_ != text_.size()) return wrong("nothing may follow the value");
    return root;
  }

 private:
  std::unexpected<Error> wrong(std::string_view what) const { return wrong_at(at_, what); }

  std::unexpected<Error> wrong_at(std::size_t at, std::string_view what) const {
    const std::string_view before = text_.substr(0, at);
    const auto line = std::ranges::count(before, '\n') + 1;
    const std::size_t column = at - (before.rfind('\n') + 1) + 1;
    return fail(ErrorCode::kCorruptData, fmt::format("line {}, column {}: {}", line, column, what));
  }

  void blanks() {
    while (at_ < text_.size() &&
           (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\r' || text_[at_] == '\t'))
      ++at_;
  }

  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }

  Result<void> value(Value& out, int depth) {
    if (depth > kJsonDepthMax) return wrong("nested too deeply");
    out.begin = at_;
    switch (peek()) {
      case '{':
        SLIPWAY_TRY(object(out, depth));
        break;
      case '[':
        SLIPWAY_TRY(array(out, depth));
        break;
      case '"':
        out.kind_ = Kind::kString;
        SLIPWAY_TRY(string(out.text_));
        break;
      default:
        SLIPWAY_TRY(token(out));
        break;
    }
    out.end = at_;
    return {};
  }

  Result<void> token(Value& out) {
    const std::size_t begin = at_;
    while (at_ < text_.size() && !is_token_end(text_[at_])) ++at_;
    const std::string_view word = text_.substr(begin, at_ - begin);
    if (word == "true" || word == "false") {
      out.kind_ = Kind::kBool;
      out.bool_ = word == "true";
      return {};
    }
    if (word == "null") return {};
    const bool odd = word == "NaN" || word == "Infinity" || word == "-Infinity";
    if (is_number(word) || (odd && options_.allow_nan)) {
      out.kind_ = Kind::kNumber;
      out.text_ = word;
      return {};
    }
    if (begin == text_.size()) return wrong_at(begin, "the text ends early");
    return wrong_at(begin, odd ? "NaN and Infinity are no JSON" : "a value is wanted here");
  }

  Result<void> array(Value& out, int depth) {
    out.kind_ = Kind::kArray;
    ++at_;
    blanks();
    if (peek() == ']') {
      ++at_;
      return {};
    }
    while (true) {
      Value dropped;
      SLIPWAY_TRY(value(keeps_ ? out.items_.emplace_back() : dropped, depth + 1));
      blanks();
      SLIPWAY_ASSIGN(const bool more, comma_or(']'));
      if (!more) return {};
    }
  }

  Result<void> object(Value& out, int depth) {
    out.kind_ = Kind::kObject;
    const std::size_t begin = at_++;
    blanks();
    if (peek() == '}') {
      ++at_;
      return {};
    }
    std::vector<std::string> keys;  // of dropped members
    while (true) {
      if (peek() != '"') return wrong("a key in double quotes is wanted here");
      auto dropped = std::make_pair(std::string(), Value());
      auto& member = keeps_ ? out.members_.emplace_back(std::string(), Value()) : dropped;
      SLIPWAY_TRY(string(member.first));
      blanks();
      if (peek() != ':') return wrong("a colon is wanted here");
      ++at_;
      blanks();
      SLIPWAY_TRY(value(member.second, depth + 1));
      if (!keeps_) keys.push_back(std::move(dropped.first));
      blanks();
      SLIPWAY_ASSIGN(const bool more, comma_or('}'));
      if (more) continue;
      return keeps_ ? refuse_twins(out.members_ | std::views::keys, begin) : refuse_twins(keys, begin);
    }
  }

  // After an element: true when a comma says that another one follows.
  Result<bool> comma_or(char close) {
    if (peek() == close) {
      ++at_;
      return false;
    }
    if (peek() != ',') return wrong(at_ == text_.size() ? "the text ends early" : "a comma is wanted here");
    ++at_;
    blanks();
    return true;
  }

  template <class Keys>
  Result<void> refuse_twins(const Keys& of, std::size_t begin) const {
    std::vector<std::string_view> keys(std::ranges::begin(of), std::ranges::end(of));
    std::ranges::sort(keys);
    const auto twin = std::ranges::adjacent_find(keys);
    if (twin == keys.end()) return {};
    return wrong_at(begin, fmt::format("the key '{}' stands twice", shown(*twin)));
  }

  Result<void> string(std::string& out) {
    ++at_;
    while (true) {
      const std::size_t end = text_.find_first_of(std::string_view("\"\\\x00\n\r\t", 6), at_);
      if (end == std::string_view::npos) return wrong_at(text_.size(), "a string is not closed");
      if (const auto raw = control_before(end))
        return wrong_at(*raw, "a control character in a string must be escaped");
      out.append(text_.substr(at_, end - at_));
      at_ = end;
      if (text_[at_] == '"') {
        ++at_;
        return {};
      }
      if (text_[at_] != '\\') return wrong("a control character in a string must be escaped");
      SLIPWAY_TRY(escape(out));
    }
  }

  std::optional<std::size_t> control_before(std::size_t end) const {
    for (std::size_t i = at_; i < end; ++i) {
      if (static_cast<unsigned char>(text_[i]) < 0x20) return i;
    }
    return std::nullopt;
  }

  Result<void> escape(std::string& out) {
    static constexpr std::string_view kNames = "\"\\/bfnrt";
    static constexpr std::string_view kMeans = "\"\\/\b\f\n\r\t";
    ++at_;
    const char name = peek();
    if (name == 'u') return unicode_escape(out);
    const std::size_t at = kNames.find(name);
    if (name == '\0' || at == std::string_view::npos) return wrong("an unknown escape");
    out += kMeans[at];
    ++at_;
    return {};
  }

  Result<void> unicode_escape(std::string& out) {
    SLIPWAY_ASSIGN(std::uint32_t code, four_hex());
    if (code >= 0xDC00 && code <= 0xDFFF) return wrong("half of a surrogate pair");
    if (code >= 0xD800 && code <= 0xDBFF) {
      if (text_.substr(at_, 2) != "\\u") return wrong("half of a surrogate pair");
      ++at_;
      SLIPWAY_ASSIGN(const std::uint32_t low, four_hex());
      if (low < 0xDC00 || low > 0xDFFF) return wrong("half of a surrogate pair");
      code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
    }
    append_utf8(out, code);
    return {};
  }

  // Reads `uXXXX`, standing on the u.
  Result<std::uint32_t> four_hex() {
    std::uint32_t code = 0;
    if (text_.size() - at_ < 5) return wrong("four hex digits are wanted here");
    for (std::size_t i = 1; i <= 4; ++i) {
      const int digit = hex_value(text_[at_ + i]);
      if (digit < 0) return wrong("four hex digits are wanted here");
      code = code * 16 + static_cast<std::uint32_t>(digit);
    }
    at_ += 5;
    return code;
  }

  std::string_view text_;
  const ParseOptions& options_;
  bool keeps_;
  std::size_t at_ = 0;
};

Result<Value> parse(std::string_view text, const ParseOptions& options) {
  return Parser(text, options, true).document();
}

Result<Kind> check(std::string_view text, const ParseOptions& options) {
  SLIPWAY_ASSIGN(const Value root, Parser(text, options, false).document());
  return root.kind();
}

}  // namespace slipway::json
