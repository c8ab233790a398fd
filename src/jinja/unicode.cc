#include "jinja/unicode.h"

#include <algorithm>

namespace slipway::jinja {
namespace {

constexpr Point kSigma = 0x3A3;
constexpr Point kFinalSigma = 0x3C2;
constexpr Point kSmallSigma = 0x3C3;

int length_of(unsigned char lead) {
  if (lead < 0x80) return 1;
  if (lead < 0xC2) return 0;
  if (lead < 0xE0) return 2;
  if (lead < 0xF0) return 3;
  return lead < 0xF5 ? 4 : 0;
}

bool follows(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

const CaseMapping* find_mapping(CaseTable table, Point point) {
  const auto found = std::ranges::lower_bound(table, point, {}, &CaseMapping::from);
  return found == table.end() || found->from != point ? nullptr : &*found;
}

void append_found(std::string& out, const CaseMapping* mapping, Point point) {
  if (mapping == nullptr) return append_point(out, point);
  for (const Point to : mapping->to) {
    if (to != 0) append_point(out, to);
  }
}

void append_mapped(std::string& out, CaseTable table, Point point) {
  append_found(out, find_mapping(table, point), point);
}

void append_title(std::string& out, Point point) {
  const CaseMapping* own = find_mapping(title_mappings, point);
  append_found(out, own == nullptr ? find_mapping(upper_mappings, point) : own, point);
}

bool cased_before(std::string_view text, std::size_t end) {
  while (end > 0) {
    const Point point = last_point(text, end);
    if (!has(point, kCaseIgnorable)) return is_cased(point);
  }
  return false;
}

bool cased_after(std::string_view text, std::size_t at) {
  while (at < text.size()) {
    const Point point = next_point(text, at);
    if (!has(point, kCaseIgnorable)) return is_cased(point);
  }
  return false;
}

// `begin` and `end`: where the code point stands, as a sigma at the end of a word has a form of its own.
void append_lower(std::string& out, std::string_view text, std::size_t begin, std::size_t end, Point point) {
  if (point != kSigma) return append_mapped(out, lower_mappings, point);
  const bool final = cased_before(text, begin) && !cased_after(text, end);
  append_point(out, final ? kFinalSigma : kSmallSigma);
}

std::string map_all(std::string_view text, CaseTable table) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) append_mapped(out, table, next_point(text, at));
  return out;
}

}  // namespace

std::uint16_t flags_of(Point point) {
  const auto after = std::ranges::upper_bound(runs, point, {}, &Run::first);
  return after == runs.begin() ? std::uint16_t{0} : std::prev(after)->flags;
}

bool is_space(Point point) {
  if (point < 0x80) return point == ' ' || (point >= 9 && point <= 13) || (point >= 0x1C && point <= 0x1F);
  return has(point, kSpace);
}

bool is_word(Point point) { return point == '_' || has(point, kAlpha | kDecimal | kDigit | kNumeric); }

bool is_cased(Point point) { return has(point, kLower | kUpper | kTitle); }

Point next_point(std::string_view text, std::size_t& at) {
  const auto lead = static_cast<unsigned char>(text[at]);
  const int length = length_of(lead);
  if (length <= 1 || at + static_cast<std::size_t>(length) > text.size()) {
    ++at;
    return lead;
  }
  Point point = lead & (0xFFu >> (length + 1));
  for (int i = 1; i < length; ++i) {
    const char c = text[at + static_cast<std::size_t>(i)];
    if (!follows(c)) {
      ++at;
      return lead;
    }
    point = (point << 6) | (static_cast<unsigned char>(c) & 0x3Fu);
  }
  at += static_cast<std::size_t>(length);
  return point;
}

Point last_point(std::string_view text, std::size_t& end) {
  std::size_t begin = end - 1;
  while (begin > 0 && end - begin < 4 && follows(text[begin])) --begin;
  std::size_t at = begin;
  const Point point = next_point(text, at);
  if (at == end) {
    end = begin;
    return point;
  }
  --end;
  return static_cast<unsigned char>(text[end]);
}

void append_point(std::string& out, Point point) {
  if (point < 0x80) {
    out += static_cast<char>(point);
    return;
  }
  if (point < 0x800) {
    out += static_cast<char>(0xC0 | (point >> 6));
  } else {
    if (point < 0x10000) {
      out += static_cast<char>(0xE0 | (point >> 12));
    } else {
      out += static_cast<char>(0xF0 | (point >> 18));
      out += static_cast<char>(0x80 | ((point >> 12) & 0x3F));
    }
    out += static_cast<char>(0x80 | ((point >> 6) & 0x3F));
  }
  out += static_cast<char>(0x80 | (point & 0x3F));
}

std::size_t count_points(std::string_view text) {
  std::size_t count = 0;
  for (std::size_t at = 0; at < text.size(); ++count) {
    if (static_cast<unsigned char>(text[at]) < 0x80) {
      ++at;
    } else {
      next_point(text, at);
    }
  }
  return count;
}

std::size_t byte_of(std::string_view text, std::size_t point) {
  std::size_t at = 0;
  for (; point > 0 && at < text.size(); --point) next_point(text, at);
  return at;
}

bool holds_surrogate(std::string_view text) {
  for (std::size_t at = text.find('\xED'); at != std::string_view::npos; at = text.find('\xED', at + 1)) {
    if (at + 1 < text.size() && static_cast<unsigned char>(text[at + 1]) >= 0xA0) return true;
  }
  return false;
}

std::string_view strip_left(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size()) {
    std::size_t next = at;
    if (!is_space(next_point(text, next))) break;
    at = next;
  }
  return text.substr(at);
}

std::string_view strip_right(std::string_view text) {
  std::size_t end = text.size();
  while (end > 0) {
    std::size_t before = end;
    if (!is_space(last_point(text, before))) break;
    end = before;
  }
  return text.substr(0, end);
}

std::string to_lower(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t begin = at;
    const Point point = next_point(text, at);
    append_lower(out, text, begin, at, point);
  }
  return out;
}

std::string to_upper(std::string_view text) { return map_all(text, upper_mappings); }
std::string fold_case(std::string_view text) { return map_all(text, casefold_mappings); }

std::string to_title(std::string_view text) {
  std::string out;
  bool in_word = false;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t begin = at;
    const Point point = next_point(text, at);
    if (in_word) {
      append_lower(out, text, begin, at, point);
    } else {
      append_title(out, point);
    }
    in_word = is_cased(point);
  }
  return out;
}

std::string to_capital(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t begin = at;
    const Point point = next_point(text, at);
    if (begin == 0) {
      append_title(out, point);
    } else {
      append_lower(out, text, begin, at, point);
    }
  }
  return out;
}

std::string swap_case(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t begin = at;
    const Point point = next_point(text, at);
    if (has(point, kUpper)) {
      append_lower(out, text, begin, at, point);
    } else if (has(point, kLower)) {
      append_mapped(out, upper_mappings, point);
    } else {
      append_point(out, point);
    }
  }
  return out;
}

}  // namespace slipway::jinja
