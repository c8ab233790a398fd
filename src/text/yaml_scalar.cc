#include "text/yaml_scalar.h"

#include <fmt/format.h>

#include <array>
#include <utility>

#include "base/encoding.h"
#include "text/yaml_resolve.h"

namespace slipway::yaml {
namespace {

constexpr char32_t kReplacement = 0xFFFD;

std::size_t sequence_length(unsigned char lead) {
  if (lead < 0x80) return 1;
  if (lead >= 0xF0) return 4;
  return lead >= 0xE0 ? 3 : 2;
}

std::u32string decode(std::string_view text) {
  std::u32string out;
  for (std::size_t at = 0; at < text.size();) {
    const auto lead = static_cast<unsigned char>(text[at]);
    const std::size_t length = sequence_length(lead);
    const std::string_view bytes = text.substr(at, length);
    if (bytes.size() < length || !is_utf8(bytes)) {
      out += kReplacement;
      ++at;
      continue;
    }
    char32_t c = length == 1 ? lead : lead & (0xFFu >> (length + 1));
    for (const char next : bytes.substr(1)) c = (c << 6) | (static_cast<unsigned char>(next) & 0x3Fu);
    out += c;
    at += length;
  }
  return out;
}

bool is_break(char32_t c) { return c == U'\n' || c == 0x85 || c == 0x2028 || c == 0x2029; }
bool is_space(char32_t c) { return c == 0 || c == U' ' || c == U'\t' || c == U'\r' || is_break(c); }

// Of the characters that may stand unescaped. PyYAML lets the next-line character (0x85) through, and then
// reads it back as a space: that one is escaped here.
bool is_printable(char32_t c) {
  if (c == U'\n' || (c >= 0x20 && c <= 0x7E)) return true;
  if (c == 0xFEFF) return false;
  return (c >= 0xA0 && c <= 0xD7FF) || (c >= 0xE000 && c <= 0xFFFD) || (c >= 0x10000 && c < 0x10FFFF);
}

bool is_leading_indicator(char32_t c) {
  return std::u32string_view(U"#,[]{}&*!|>'\"%@`").find(c) != std::u32string_view::npos;
}

struct Analysis {
  bool plain = true;
  bool single_quoted = true;
  bool has_break = false;
};

// Characters that mean something to YAML where they stand.
bool has_indicator(std::u32string_view text) {
  if (text.starts_with(U"---") || text.starts_with(U"...")) return true;
  if (is_leading_indicator(text.front())) return true;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool space_follows = i + 1 == text.size() || is_space(text[i + 1]);
    const bool space_before = i == 0 || is_space(text[i - 1]);
    if (text[i] == U':' && space_follows) return true;
    if (i == 0 && (text[i] == U'?' || text[i] == U'-') && space_follows) return true;
    if (i > 0 && text[i] == U'#' && space_before) return true;
  }
  return false;
}

Analysis analyse(std::u32string_view text) {
  Analysis out;
  bool special = false;
  bool break_space = false;
  bool space_break = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    out.has_break |= is_break(text[i]);
    special |= !is_printable(text[i]);
    break_space |= i > 0 && text[i] == U' ' && is_break(text[i - 1]);
    space_break |= i > 0 && is_break(text[i]) && text[i - 1] == U' ';
  }
  const bool at_edge = text.front() == U' ' || text.back() == U' ';
  out.single_quoted = !break_space && !space_break && !special;
  out.plain = out.single_quoted && !out.has_break && !at_edge && !has_indicator(text);
  return out;
}

// In single quotes a line break is written twice, and the next line is indented.
std::string single_quoted(std::u32string_view text, int indent) {
  std::string out = "'";
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (!is_break(text[i])) {
      append_utf8(out, text[i]);
      if (text[i] == U'\'') out += '\'';
      continue;
    }
    if (text[i] == U'\n' && (i == 0 || !is_break(text[i - 1]))) out += '\n';
    append_utf8(out, text[i]);
    if (i + 1 == text.size() || !is_break(text[i + 1])) out.append(static_cast<std::size_t>(indent), ' ');
  }
  return out + "'";
}

std::string escaped(char32_t c) {
  constexpr std::array<std::pair<char32_t, char>, 15> kShort{{{0, '0'},
                                                              {7, 'a'},
                                                              {8, 'b'},
                                                              {9, 't'},
                                                              {10, 'n'},
                                                              {11, 'v'},
                                                              {12, 'f'},
                                                              {13, 'r'},
                                                              {27, 'e'},
                                                              {U'"', '"'},
                                                              {U'\\', '\\'},
                                                              {0x85, 'N'},
                                                              {0xA0, '_'},
                                                              {0x2028, 'L'},
                                                              {0x2029, 'P'}}};
  for (const auto& [from, to] : kShort) {
    if (c == from) return {'\\', to};
  }
  const auto code = static_cast<std::uint32_t>(c);
  if (code <= 0xFF) return fmt::format("\\x{:02X}", code);
  return code <= 0xFFFF ? fmt::format("\\u{:04X}", code) : fmt::format("\\U{:08X}", code);
}

std::string double_quoted(std::u32string_view text) {
  std::string out = "\"";
  for (const char32_t c : text) {
    const bool ascii = c >= 0x20 && c <= 0x7E && c != U'"' && c != U'\\';
    const bool letter = (c >= 0xA0 && c <= 0xD7FF) || (c >= 0xE000 && c <= 0xFFFD);
    const bool raw = ascii || (letter && !is_break(c) && c != 0xFEFF);
    if (raw) {
      append_utf8(out, c);
    } else {
      out += escaped(c);
    }
  }
  return out + '"';
}

}  // namespace

std::string scalar_text(std::string_view text, int indent) {
  if (text.empty()) return "''";
  const std::u32string characters = decode(text);
  const Analysis analysis = analyse(characters);
  const bool reads_back = resolve_plain(text) == Kind::kString && text != "=" && text != "<<";
  if (analysis.plain && reads_back) {
    std::string out;
    for (const char32_t c : characters) append_utf8(out, c);
    return out;
  }
  return analysis.single_quoted ? single_quoted(characters, indent) : double_quoted(characters);
}

bool is_simple_key(std::string_view text, std::size_t length_max) {
  const std::u32string characters = decode(text);
  if (characters.empty() || characters.size() >= length_max) return false;
  for (const char32_t c : characters) {
    if (is_break(c)) return false;
  }
  return true;
}

}  // namespace slipway::yaml
