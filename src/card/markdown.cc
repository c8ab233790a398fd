#include "card/markdown.h"

#include <fmt/format.h>

#include <algorithm>

namespace slipway::card {
namespace {

constexpr std::string_view kBlanks = " \t\r";

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         static_cast<unsigned char>(c) >= 0x80;
}

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }

std::size_t run_of(std::string_view text, char c) { return std::min(text.find_first_not_of(c), text.size()); }

// Follows ``` and ~~~ blocks line by line.
class CodeBlocks {
 public:
  bool inside_after(std::string_view line) {
    const std::string_view mark = trimmed(line);
    if (mark.empty() || (mark.front() != '`' && mark.front() != '~')) return length_ > 0;
    const std::size_t length = run_of(mark, mark.front());
    if (length_ == 0 && length >= 3) {
      kind_ = mark.front();
      length_ = length;
    } else if (length_ > 0 && mark.front() == kind_ && length >= length_ && length == mark.size()) {
      length_ = 0;
    }
    return true;
  }

 private:
  char kind_ = 0;
  std::size_t length_ = 0;
};

bool is_underline(std::string_view line, char mark) {
  const std::string_view body = trimmed(line);
  return !body.empty() && run_of(body, mark) == body.size();
}

// What Markdown would read as one character: &amp; or &#124;
bool begins_entity(std::string_view text) { return text.size() > 1 && (text[1] == '#' || is_word(text[1])); }

}  // namespace

std::string_view trimmed(std::string_view line) {
  const auto first = line.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return line.substr(first, line.find_last_not_of(kBlanks) - first + 1);
}

std::string_view first_bytes(std::string_view text, std::size_t max) {
  if (text.size() <= max) return text;
  while (max > 0 && (static_cast<unsigned char>(text[max]) & 0xC0) == 0x80) --max;
  return text.substr(0, max);
}

std::vector<Heading> headings_of(std::string_view text) {
  std::vector<Heading> headings;
  CodeBlocks code;
  std::string_view before;
  for (const std::string_view line : lines_of(text)) {
    const bool in_code = code.inside_after(line);
    const std::string_view body = in_code ? std::string_view() : trimmed(line);
    const std::size_t level = run_of(body, '#');
    if (level >= 1 && level <= 6 && (level == body.size() || body[level] == ' ' || body[level] == '\t')) {
      std::string_view title = trimmed(body.substr(level));
      headings.push_back({.level = static_cast<int>(level), .title = std::string(title)});
    } else if (!before.empty() && (is_underline(body, '=') || is_underline(body, '-'))) {
      headings.push_back({.level = body.front() == '=' ? 1 : 2, .title = std::string(before)});
    }
    before = level > 0 || body.starts_with('-') || body.starts_with('|') ? std::string_view() : body;
  }
  return headings;
}

std::string escaped_text(std::string_view text) {
  constexpr std::string_view kAlways = "\\`*[]<>~";
  const std::size_t closing = text.find_last_not_of('#') + 1;  // from here on nothing but '#'
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool closes_heading = i >= closing;
    const bool within_word = i > 0 && i + 1 < text.size() && is_word(text[i - 1]) && is_word(text[i + 1]);
    if (c == '&' && begins_entity(text.substr(i))) {
      out += "&amp;";
      continue;
    }
    if (kAlways.find(c) != std::string_view::npos || closes_heading || (c == '_' && !within_word))
      out += '\\';
    out += is_control(c) ? ' ' : c;
  }
  return out;
}

std::string unescaped_text(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text.substr(i).starts_with("&amp;")) {
      out += '&';
      i += 4;
      continue;
    }
    const bool escape = text[i] == '\\' && i + 1 < text.size() && !is_word(text[i + 1]) && text[i + 1] != ' ';
    if (escape) ++i;
    out += text[i];
  }
  return out;
}

std::string code_span(std::string_view text) {
  std::string body;
  std::size_t longest = 0;
  std::size_t run = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    run = text[i] == '`' ? run + 1 : 0;
    longest = std::max(longest, run);
    if (text[i] == '\n') {
      body += "\\n";
    } else if (is_control(text[i])) {
      body += fmt::format("\\x{:02x}", static_cast<unsigned char>(text[i]));
    } else {
      body += text[i];
    }
  }
  const std::string fence(longest + 1, '`');
  const bool pad =
      body.starts_with('`') || body.ends_with('`') || body.starts_with(' ') || body.ends_with(' ');
  return pad ? fmt::format("{0} {1} {0}", fence, body) : fmt::format("{0}{1}{0}", fence, body);
}

std::string python_string(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (is_control(c)) {
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    } else {
      out += c;
    }
  }
  return out + '"';
}

std::string link(std::string_view id, std::string_view folder) {
  return fmt::format("[{0}](https://huggingface.co/{1}{2}{0})", id, folder, folder.empty() ? "" : "/");
}

std::string listed(const std::vector<std::string>& items) {
  std::string out;
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (i > 0) out += i + 1 == items.size() ? " and " : ", ";
    out += items[i];
  }
  return out;
}

}  // namespace slipway::card
