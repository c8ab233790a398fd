#include "jinja/text_args.h"

#include <algorithm>

#include "jinja/find.h"
#include "jinja/unicode.h"

namespace slipway::jinja {
namespace {

Result<std::optional<std::int64_t>> bound(const Given& given, std::size_t at) {
  if (given.is_none(at)) return std::nullopt;
  SLIPWAY_ASSIGN(const std::int64_t value, whole_of(*given[at]));
  return value;
}

bool holds(std::string_view chars, std::string_view point) {
  return chars.find(point) != std::string_view::npos;
}

bool is_line_end(Point point) {
  return (point >= 0x0A && point <= 0x0D) || (point >= 0x1C && point <= 0x1E) || point == 0x85 ||
         point == 0x2028 || point == 0x2029;
}

}  // namespace

Result<Part> part_of(const Value& self, const Given& given, std::size_t start_at) {
  const Text& text = text_of(self);
  const auto size = static_cast<std::int64_t>(text.points);
  SLIPWAY_ASSIGN(const auto start, bound(given, start_at));
  SLIPWAY_ASSIGN(const auto stop, bound(given, start_at + 1));
  std::int64_t first = start.value_or(0);
  std::int64_t last = std::min(stop.value_or(size), size);
  if (first < 0) first = std::max<std::int64_t>(first + size, 0);
  if (last < 0) last = std::max<std::int64_t>(last + size, 0);
  Part part;
  part.empty_range = first > size || first > last;
  if (part.empty_range) return part;
  const std::size_t begin = byte_of(text.bytes, static_cast<std::size_t>(first));
  const std::string_view rest = std::string_view(text.bytes).substr(begin);
  part.bytes = rest.substr(0, byte_of(rest, static_cast<std::size_t>(last - first)));
  part.first_point = static_cast<std::size_t>(first);
  return part;
}

std::string_view strip_of(std::string_view text, const std::string* chars, bool left, bool right) {
  if (chars == nullptr) {
    if (left) text = strip_left(text);
    return right ? strip_right(text) : text;
  }
  while (left && !text.empty()) {
    std::size_t at = 0;
    next_point(text, at);
    if (!holds(*chars, text.substr(0, at))) break;
    text.remove_prefix(at);
  }
  while (right && !text.empty()) {
    std::size_t end = text.size();
    last_point(text, end);
    if (!holds(*chars, text.substr(end))) break;
    text = text.substr(0, end);
  }
  return text;
}

Result<Value> padded(Machine& machine, const Value& self, std::int64_t width, std::string_view fill,
                     char where) {
  const Text& text = text_of(self);
  const auto size = static_cast<std::int64_t>(text.points);
  const std::int64_t missing = std::max<std::int64_t>(width - size, 0);
  if (missing > 0 && static_cast<std::uint64_t>(missing) > SIZE_MAX / 8 / fill.size())
    SLIPWAY_TRY(machine.budget().room(SIZE_MAX));
  SLIPWAY_TRY(machine.budget().room(text.bytes.size() + static_cast<std::size_t>(missing) * fill.size()));
  std::int64_t before = where == '<' ? 0 : missing;
  // Python's center puts the odd one where it does.
  if (where == '^') before = missing / 2 + (missing & width & 1);
  std::string out;
  for (std::int64_t i = 0; i < before; ++i) out += fill;
  out += text.bytes;
  for (std::int64_t i = before; i < missing; ++i) out += fill;
  return machine.text(std::move(out), text.markup);
}

Result<std::string> replaced(Machine& machine, std::string_view text, std::string_view old,
                             std::string_view fresh, std::int64_t count) {
  std::string out;
  std::size_t at = 0;
  while (count != 0) {
    std::size_t found = at;
    std::size_t next = at;
    if (old.empty()) {
      if (at > text.size()) break;
      next = at;
      if (at < text.size()) next_point(text, next);
      out += fresh;
      if (at == text.size()) return out;
      out += text.substr(at, next - at);
      at = next;
    } else {
      found = find_text_in(text, old, at);
      if (found == std::string_view::npos) break;
      out += text.substr(at, found - at);
      out += fresh;
      at = found + old.size();
    }
    SLIPWAY_TRY(machine.budget().step(1 + fresh.size() / 64));
    SLIPWAY_TRY(machine.budget().fits(out.size()));
    if (count > 0) --count;
  }
  SLIPWAY_TRY(machine.budget().fits(out.size() + text.size() - at));
  out += text.substr(at);
  return out;
}

std::vector<std::string_view> split_blanks(std::string_view text, std::int64_t limit) {
  std::vector<std::string_view> parts;
  text = strip_left(text);
  while (!text.empty()) {
    if (limit == 0) {
      parts.push_back(strip_right(text));
      break;
    }
    std::size_t end = 0;
    while (end < text.size()) {
      std::size_t next = end;
      if (is_space(next_point(text, next))) break;
      end = next;
    }
    parts.push_back(text.substr(0, end));
    text = strip_left(text.substr(end));
    if (limit > 0) --limit;
  }
  return parts;
}

Result<std::vector<std::string_view>> split_at(Machine& machine, std::string_view text,
                                               std::string_view separator, std::int64_t limit) {
  if (separator.empty()) return corrupt("empty separator");
  std::vector<std::string_view> parts;
  std::size_t at = 0;
  for (; limit != 0; --limit) {
    const std::size_t found = find_text_in(text, separator, at);
    if (found == std::string_view::npos) break;
    parts.push_back(text.substr(at, found - at));
    at = found + separator.size();
    SLIPWAY_TRY(machine.budget().step());
    SLIPWAY_TRY(machine.budget().fits(parts.size() * 128));
  }
  parts.push_back(text.substr(at));
  return parts;
}

std::vector<std::string_view> lines_of(std::string_view text, bool keep_ends) {
  std::vector<std::string_view> lines;
  std::size_t begin = 0;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = at;
    const Point point = next_point(text, at);
    if (!is_line_end(point)) continue;
    if (point == '\r' && at < text.size() && text[at] == '\n') ++at;
    lines.push_back(text.substr(begin, (keep_ends ? at : end) - begin));
    begin = at;
  }
  if (begin < text.size()) lines.push_back(text.substr(begin));
  return lines;
}

Result<std::string> joined(Machine& machine, const std::vector<std::string>& parts,
                           std::string_view separator) {
  std::string out;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (i > 0) out += separator;
    out += parts[i];
    SLIPWAY_TRY(machine.budget().step(1 + (parts[i].size() + separator.size()) / 64));
    SLIPWAY_TRY(machine.budget().fits(out.size()));
  }
  return out;
}

}  // namespace slipway::jinja
