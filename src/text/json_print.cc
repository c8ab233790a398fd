#include "text/json_print.h"

#include <cstdint>

#include <fmt/format.h>

#include "base/encoding.h"
#include "base/repaired_utf8.h"

namespace slipway::json {
namespace {

// Decodes the well-formed UTF-8 sequence at the start of `text`; `length` becomes its size.
std::uint32_t code_point(std::string_view text, std::size_t& length) {
  const auto byte = [&](std::size_t i) {
    return static_cast<std::uint32_t>(static_cast<unsigned char>(text[i]));
  };
  const std::uint32_t first = byte(0);
  length = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
  if (length == 1) return first;
  std::uint32_t code = first & (0xFFu >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) code = (code << 6) | (byte(i) & 0x3F);
  return code;
}

void append_escaped(std::string& out, std::uint32_t code) {
  if (code < 0x10000) {
    out += fmt::format("\\u{:04x}", code);
    return;
  }
  code -= 0x10000;
  out += fmt::format("\\u{:04x}\\u{:04x}", 0xD800 + (code >> 10), 0xDC00 + (code & 0x3FF));
}

const char* short_escape(std::uint32_t code) {
  switch (code) {
    case '"':
      return "\\\"";
    case '\\':
      return "\\\\";
    case '\n':
      return "\\n";
    case '\r':
      return "\\r";
    case '\t':
      return "\\t";
    case '\b':
      return "\\b";
    case '\f':
      return "\\f";
    default:
      return nullptr;
  }
}

// One container: `each(i)` prints element i.
void print_list(std::string& out, char open, char close, std::size_t count, const Layout& layout,
                const std::string& outer, auto&& each) {
  out += open;
  const std::string inner = outer + layout.indent;
  for (std::size_t i = 0; i < count; ++i) {
    if (layout.indent.empty()) {
      if (i != 0) out += layout.comma;
    } else {
      out += (i == 0 ? "" : ",") + layout.eol + inner;
    }
    each(i, inner);
  }
  if (count != 0 && !layout.indent.empty()) out += layout.eol + outer;
  out += close;
}

Layout layout_of(const Style& style) {
  Layout layout{.ascii = style.ascii};
  if (style.indent >= 0) {
    layout.indent.assign(static_cast<std::size_t>(style.indent), ' ');
  } else {
    layout.indent.clear();
    layout.comma = style.python_separators ? ", " : ",";
    layout.colon = style.python_separators ? ": " : ":";
  }
  return layout;
}

}  // namespace

std::string quote(std::string_view text, bool ascii) {
  if (!is_utf8(text)) return quote(repaired_utf8(text), ascii);  // a file's name, a server's header
  std::string out = "\"";
  while (!text.empty()) {
    std::size_t length = 1;
    const std::uint32_t code = code_point(text, length);
    if (const char* escape = short_escape(code)) {
      out += escape;
    } else if (code < 0x20 || (ascii && code > 0x7E)) {
      append_escaped(out, code);
    } else {
      out.append(text.substr(0, length));
    }
    text.remove_prefix(length);
  }
  return out + "\"";
}

void print_to(std::string& out, const Value& value, const Layout& layout, const std::string& outer) {
  switch (value.kind()) {
    case Kind::kNull:
      out += "null";
      return;
    case Kind::kBool:
      out += *value.as_bool() ? "true" : "false";
      return;
    case Kind::kNumber:
      out += value.number_text();
      return;
    case Kind::kString:
      out += quote(value.string(), layout.ascii);
      return;
    case Kind::kArray: {
      const auto items = value.items();
      print_list(out, '[', ']', items.size(), layout, outer,
                 [&](std::size_t i, const std::string& inner) { print_to(out, items[i], layout, inner); });
      return;
    }
    case Kind::kObject: {
      const auto members = value.members();
      print_list(out, '{', '}', members.size(), layout, outer, [&](std::size_t i, const std::string& inner) {
        out += quote(members[i].first, layout.ascii) + layout.colon;
        print_to(out, members[i].second, layout, inner);
      });
      return;
    }
  }
}

std::string print(const Value& value, const Style& style) {
  std::string out;
  print_to(out, value, layout_of(style), "");
  if (style.final_newline) out += '\n';
  return out;
}

std::string print_compact(const Value& value) {
  return print(value, {.indent = -1, .ascii = false, .final_newline = false});
}

}  // namespace slipway::json
