#include "jinja/printer.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "jinja/loop_state.h"
#include "jinja/unicode.h"
#include "text/json_number.h"

namespace slipway::jinja {
namespace {

void append_escape(std::string& out, Point point) {
  if (point < 0x100) {
    out += fmt::format("\\x{:02x}", point);
  } else if (point < 0x10000) {
    out += fmt::format("\\u{:04x}", point);
  } else {
    out += fmt::format("\\U{:08x}", point);
  }
}

std::string quote(std::string_view text, bool ascii) {
  const bool single = text.find('\'') != std::string_view::npos && text.find('"') == std::string_view::npos;
  const char mark = single ? '"' : '\'';
  std::string out(1, mark);
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t begin = at;
    const Point point = next_point(text, at);
    if (point == static_cast<unsigned char>(mark) || point == '\\') {
      out += '\\';
      out += static_cast<char>(point);
    } else if (point == '\t' || point == '\n' || point == '\r') {
      out += point == '\t' ? "\\t" : point == '\n' ? "\\n" : "\\r";
    } else if (point < 0x80 ? point < 0x20 || point == 0x7F : ascii || !has(point, kPrintable)) {
      append_escape(out, point);
    } else {
      out += text.substr(begin, at - begin);
    }
  }
  return out += mark;
}

}  // namespace

std::string string_repr(std::string_view text) { return quote(text, false); }
std::string ascii_quoted(std::string_view text) { return quote(text, true); }

std::string real_text(double value) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
  return json::python_float(value);
}

Result<void> Printer::put(std::string_view text) {
  SLIPWAY_TRY(machine_.budget().step(text.size() / 64));
  out_ += text;
  return machine_.budget().fits(out_.size());
}

Result<void> Printer::str(const Value& value) {
  if (value.is(Kind::kString)) return put(value.as_string());
  if (value.is(Kind::kUndefined)) return {};
  return repr(value);
}

Result<void> Printer::repr(const Value& value) {
  SLIPWAY_TRY(machine_.budget().step());
  switch (value.kind()) {
    case Kind::kUndefined:
      return put("Undefined");
    case Kind::kNone:
      return put("None");
    case Kind::kBool:
      return put(value.as_bool() ? "True" : "False");
    case Kind::kInt:
      return put(fmt::format("{}", value.as_int()));
    case Kind::kFloat:
      return put(real_text(value.as_real()));
    case Kind::kString:
      SLIPWAY_TRY(machine_.budget().room(value.as_string().size()));
      if (!is_markup(value)) return put(string_repr(value.as_string()));
      return put("Markup(" + string_repr(value.as_string()) + ")");
    default:
      break;
  }
  SLIPWAY_TRY(machine_.budget().enter());
  const Level level(machine_.budget());
  switch (value.kind()) {
    case Kind::kList:
      return items(items_of(value), "[", "]");
    case Kind::kTuple:
      return items(items_of(value), "(", items_of(value).size() == 1 ? ",)" : ")");
    case Kind::kDict:
      return dict(mapping_of(value));
    default:
      return other(value);
  }
}

Result<void> Printer::items(const std::vector<Value>& items, std::string_view open, std::string_view close) {
  SLIPWAY_TRY(put(open));
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (i > 0) SLIPWAY_TRY(put(", "));
    SLIPWAY_TRY(repr(items[i]));
  }
  return put(close);
}

Result<void> Printer::dict(const Mapping& dict) {
  if (std::ranges::find(active_, &dict) != active_.end()) return put("{...}");
  active_.push_back(&dict);
  SLIPWAY_TRY(put("{"));
  bool first = true;
  for (const auto& [key, value] : dict.members) {
    if (!first) SLIPWAY_TRY(put(", "));
    first = false;
    SLIPWAY_TRY(repr(key));
    SLIPWAY_TRY(put(": "));
    SLIPWAY_TRY(repr(value));
  }
  active_.pop_back();
  return put("}");
}

Result<void> Printer::view(const View& view) {
  constexpr std::string_view kNames[] = {"dict_keys([", "dict_values([", "dict_items(["};
  SLIPWAY_TRY(put(kNames[static_cast<std::size_t>(view.of)]));
  bool first = true;
  for (const auto& [key, value] : mapping_of(view.dict).members) {
    if (!first) SLIPWAY_TRY(put(", "));
    first = false;
    if (view.of == View::Of::kItems) SLIPWAY_TRY(put("("));
    if (view.of != View::Of::kValues) SLIPWAY_TRY(repr(key));
    if (view.of == View::Of::kItems) SLIPWAY_TRY(put(", "));
    if (view.of != View::Of::kKeys) SLIPWAY_TRY(repr(value));
    if (view.of == View::Of::kItems) SLIPWAY_TRY(put(")"));
  }
  return put("])");
}

Result<void> Printer::other(const Value& value) {
  switch (value.kind()) {
    case Kind::kView:
      return view(value.object<View>());
    case Kind::kRange: {
      const Range& range = value.object<Range>();
      if (range.step == 1) return put(fmt::format("range({}, {})", range.start, range.stop));
      return put(fmt::format("range({}, {}, {})", range.start, range.stop, range.step));
    }
    case Kind::kNamespace:
      SLIPWAY_TRY(put("<Namespace "));
      SLIPWAY_TRY(dict(*value.object<Namespace>().attributes));
      return put(">");
    case Kind::kMacro: {
      const std::string& name = value.object<Macro>().callable->name;
      return put(name.empty() ? "<Macro anonymous>" : "<Macro " + string_repr(name) + ">");
    }
    case Kind::kLoop: {
      SLIPWAY_ASSIGN(const std::int64_t length, loop_length(machine_, value.object<Loop>()));
      return put(fmt::format("<LoopContext {}/{}>", value.object<Loop>().index0 + 1, length));
    }
    case Kind::kBlocks:
      return put("<TemplateReference None>");
    default:
      return unsupported(fmt::format("a {} is printed, which Python gives an address", type_name(value)));
  }
}

}  // namespace slipway::jinja
