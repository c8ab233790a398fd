#include "jinja/to_json.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "jinja/printer.h"
#include "jinja/unicode.h"

namespace slipway::jinja {
namespace {

std::string json_quoted(std::string_view text, bool ascii) {
  std::string out = "\"";
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t begin = at;
    const Point point = next_point(text, at);
    constexpr std::string_view kPlain = "\"\\\b\f\n\r\t";
    constexpr std::string_view kLetters = "\"\\bfnrt";
    const std::size_t which = point < 0x80 ? kPlain.find(static_cast<char>(point)) : std::string_view::npos;
    if (which != std::string_view::npos) {
      out += '\\';
      out += kLetters[which];
    } else if (point < 0x20) {
      out += fmt::format("\\u{:04x}", point);
    } else if (!ascii || point < 0x80) {
      out += text.substr(begin, at - begin);
    } else if (point < 0x10000) {
      out += fmt::format("\\u{:04x}", point);
    } else {
      out += fmt::format("\\u{:04x}\\u{:04x}", 0xD800 + ((point - 0x10000) >> 10),
                         0xDC00 + ((point - 0x10000) & 0x3FF));
    }
  }
  return out += '"';
}

std::string json_real(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "Infinity" : "-Infinity";
  return real_text(value);
}

class Writer {
 public:
  Writer(Machine& machine, const JsonStyle& style) : machine_(machine), style_(style) {}

  Result<std::string> run(const Value& value) {
    SLIPWAY_TRY(put(value, 0));
    return std::move(out_);
  }

 private:
  Result<void> text(std::string_view text) {
    out_ += text;
    SLIPWAY_TRY(machine_.budget().step(1 + text.size() / 64));
    return machine_.budget().fits(out_.size());
  }

  Result<void> line(int depth) {
    if (!style_.indent) return {};
    SLIPWAY_TRY(
        machine_.budget().fits(out_.size() + style_.indent->size() * static_cast<std::size_t>(depth)));
    std::string made = "\n";
    for (int i = 0; i < depth; ++i) made += *style_.indent;
    return text(made);
  }

  Result<void> put(const Value& value, int depth) {
    switch (value.kind()) {
      case Kind::kNone:
        return text("null");
      case Kind::kBool:
        return text(value.as_bool() ? "true" : "false");
      case Kind::kInt:
        return text(fmt::format("{}", value.as_int()));
      case Kind::kFloat:
        return text(json_real(value.as_real()));
      case Kind::kString:
        SLIPWAY_TRY(machine_.budget().room(value.as_string().size()));
        return text(json_quoted(value.as_string(), style_.ascii));
      case Kind::kList:
      case Kind::kTuple:
        return list(items_of(value), depth);
      case Kind::kDict:
        return dict(mapping_of(value), depth);
      default:
        return corrupt(fmt::format("Object of type {} is not JSON serializable", type_name(value)));
    }
  }

  Result<void> list(const std::vector<Value>& items, int depth) {
    if (items.empty()) return text("[]");
    SLIPWAY_TRY(machine_.budget().enter());
    const Level level(machine_.budget());
    SLIPWAY_TRY(text("["));
    for (std::size_t i = 0; i < items.size(); ++i) {
      if (i > 0) SLIPWAY_TRY(text(style_.comma));
      SLIPWAY_TRY(line(depth + 1));
      SLIPWAY_TRY(put(items[i], depth + 1));
    }
    SLIPWAY_TRY(line(depth));
    return text("]");
  }

  Result<std::string> key(const Value& key) {
    switch (key.kind()) {
      case Kind::kString:
        return key.as_string();
      case Kind::kNone:
        return "null";
      case Kind::kBool:
        return key.as_bool() ? "true" : "false";
      case Kind::kInt:
        return fmt::format("{}", key.as_int());
      case Kind::kFloat:
        return json_real(key.as_real());
      default:
        return corrupt(fmt::format("keys must be str, int, float, bool or None, not {}", type_name(key)));
    }
  }

  Result<std::vector<const std::pair<Value, Value>*>> members(const Mapping& dict) {
    std::vector<const std::pair<Value, Value>*> made;
    for (const auto& member : dict.members) made.push_back(&member);
    if (!style_.sort_keys) return made;
    // sorted() of the items: by key, and keys never are equal.
    std::optional<Error> problem;
    for (std::size_t i = 1; i < made.size(); ++i) {
      const auto less = ordered(machine_.budget(), made[i]->first, made[i - 1]->first, Order::kLess);
      if (!less) return std::unexpected(less.error());
    }
    std::ranges::stable_sort(made, [&](const auto* left, const auto* right) {
      const auto less = ordered(machine_.budget(), left->first, right->first, Order::kLess);
      if (!less) problem = less.error();
      return less && *less;
    });
    if (problem) return std::unexpected(*problem);
    return made;
  }

  Result<void> dict(const Mapping& dict, int depth) {
    if (dict.members.empty()) return text("{}");
    SLIPWAY_TRY(machine_.budget().enter());
    const Level level(machine_.budget());
    SLIPWAY_ASSIGN(const auto rows, members(dict));
    SLIPWAY_TRY(text("{"));
    bool first = true;
    for (const auto* row : rows) {
      if (!first) SLIPWAY_TRY(text(style_.comma));
      first = false;
      SLIPWAY_TRY(line(depth + 1));
      SLIPWAY_ASSIGN(const std::string name, key(row->first));
      SLIPWAY_TRY(text(json_quoted(name, style_.ascii)));
      SLIPWAY_TRY(text(style_.colon));
      SLIPWAY_TRY(put(row->second, depth + 1));
    }
    SLIPWAY_TRY(line(depth));
    return text("}");
  }

  Machine& machine_;
  const JsonStyle& style_;
  std::string out_;
};

}  // namespace

Result<std::string> to_json(Machine& machine, const Value& value, const JsonStyle& style) {
  return Writer(machine, style).run(value);
}

}  // namespace slipway::jinja
