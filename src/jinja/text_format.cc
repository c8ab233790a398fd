#include <fmt/format.h>

#include "jinja/attributes.h"
#include "jinja/format_spec.h"
#include "jinja/methods.h"
#include "jinja/operators.h"
#include "jinja/printer.h"

namespace slipway::jinja {
namespace {

// str.format by way of string.Formatter, whose look-ups go through the sandbox.
class Formatter {
 public:
  Formatter(Machine& machine, const std::vector<Value>& items,
            const std::vector<std::pair<std::string, Value>>& named, const Mapping* mapping, bool markup)
      : machine_(machine), items_(items), named_(named), mapping_(mapping), markup_(markup) {}

  Result<std::string> run(std::string_view text, int depth = 2) {
    if (depth < 0) return corrupt("Max string recursion exceeded");
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
      SLIPWAY_TRY(machine_.budget().step());
      SLIPWAY_TRY(machine_.budget().fits(out.size()));
      const char c = text[at];
      if (c != '{' && c != '}') {
        out += c;
        ++at;
        continue;
      }
      if (at + 1 < text.size() && text[at + 1] == c) {
        out += c;
        at += 2;
        continue;
      }
      if (c == '}') return corrupt("Single '}' encountered in format string");
      SLIPWAY_ASSIGN(const std::size_t end, field_end(text, at + 1));
      SLIPWAY_ASSIGN(const std::string part, field(text.substr(at + 1, end - at - 1), depth));
      out += part;
      at = end + 1;
    }
    return out;
  }

 private:
  static Result<std::size_t> field_end(std::string_view text, std::size_t at) {
    int open = 1;
    if (at >= text.size()) return corrupt("Single '{' encountered in format string");
    for (; at < text.size(); ++at) {
      open += text[at] == '{' ? 1 : text[at] == '}' ? -1 : 0;
      if (open == 0) return at;
    }
    return corrupt("expected '}' before end of string");
  }

  Result<std::string> field(std::string_view text, int depth) {
    std::size_t end = 0;
    int brackets = 0;
    for (; end < text.size(); ++end) {
      if (text[end] == '[') brackets = 1;
      if (text[end] == ']') brackets = 0;
      if (brackets == 0 && (text[end] == '!' || text[end] == ':')) break;
      if (text[end] == '{') return corrupt("unexpected '{' in field name");
    }
    const std::string_view name = text.substr(0, end);
    char conversion = '\0';
    std::string_view spec;
    if (end < text.size() && text[end] == '!') {
      if (end + 1 >= text.size()) return corrupt("end of string while looking for conversion specifier");
      conversion = text[end + 1];
      end += 2;
      if (end < text.size() && text[end] != ':') return corrupt("expected ':' after conversion specifier");
    }
    if (end < text.size()) spec = text.substr(end + 1);
    SLIPWAY_ASSIGN(Value value, look_up(name));
    if (conversion == 's' || conversion == 'r') {
      SLIPWAY_ASSIGN(std::string converted, conversion == 's' ? machine_.str(value) : machine_.repr(value));
      SLIPWAY_ASSIGN(value, machine_.text(std::move(converted)));
    } else if (conversion == 'a') {
      return unsupported("the conversion !a");
    } else if (conversion != '\0') {
      return corrupt("Unknown conversion specifier");
    }
    SLIPWAY_ASSIGN(const std::string inner, run(spec, depth - 1));
    if (markup_ && is_markup(value) && !inner.empty())
      return corrupt("Unsupported format specification for Markup.");
    SLIPWAY_ASSIGN(std::string out, formatted(machine_, value, inner));
    if (markup_ && !is_markup(value)) out = escaped(out);
    return out;
  }

  Result<Value> first(std::string_view name) {
    const bool digits = !name.empty() && name.find_first_not_of("0123456789") == std::string_view::npos;
    std::size_t index = 0;
    if (name.empty() || digits) {
      if (mixed(name.empty())) return corrupt("cannot switch between manual and automatic field numbering");
      if (digits && name.size() > 9) return corrupt("Too many decimal digits in format string");
      index = digits ? static_cast<std::size_t>(std::stoul(std::string(name))) : automatic_++;
      if (index >= items_.size()) return corrupt("Replacement index out of range for positional args tuple");
      return items_[index];
    }
    if (mapping_ != nullptr) {
      const Value* found = find_text(*mapping_, name);
      if (found != nullptr) return *found;
    }
    for (const auto& [key, value] : named_) {
      if (key == name) return value;
    }
    return corrupt(fmt::format("the format's key '{}' is not there", name));
  }

  bool mixed(bool automatic) {
    used_automatic_ = used_automatic_ || automatic;
    used_manual_ = used_manual_ || !automatic;
    return used_automatic_ && used_manual_;
  }

  Result<Value> look_up(std::string_view name) {
    const std::size_t end = std::min(name.find_first_of(".["), name.size());
    SLIPWAY_ASSIGN(Value value, first(name.substr(0, end)));
    for (std::size_t at = end; at < name.size();) {
      SLIPWAY_TRY(machine_.budget().step());
      if (name[at] == '.') {
        const std::size_t stop = std::min(name.find_first_of(".[", at + 1), name.size());
        if (stop == at + 1) return corrupt("Empty attribute in format string");
        SLIPWAY_ASSIGN(value,
                       get_attribute(machine_, value, std::string(name.substr(at + 1, stop - at - 1))));
        at = stop;
      } else if (name[at] == '[') {
        const std::size_t stop = name.find(']', at);
        if (stop == std::string_view::npos) return corrupt("Missing ']' in format string");
        if (stop == at + 1) return corrupt("Empty attribute in format string");
        const std::string key(name.substr(at + 1, stop - at - 1));
        const bool digits = key.find_first_not_of("0123456789") == std::string::npos && key.size() < 18;
        SLIPWAY_ASSIGN(
            value, get_item(machine_, value, digits ? Value::integer(std::stoll(key)) : Value::string(key)));
        at = stop + 1;
      } else {
        return corrupt("Only '.' or '[' may follow ']' in format field specifier");
      }
    }
    return value;
  }

  Machine& machine_;
  const std::vector<Value>& items_;
  const std::vector<std::pair<std::string, Value>>& named_;
  const Mapping* mapping_;
  bool markup_;
  std::size_t automatic_ = 0;
  bool used_automatic_ = false;
  bool used_manual_ = false;
};

Result<Value> format(Machine& machine, const Value& self, const Given& given) {
  Formatter formatter(machine, given.rest().items, given.rest().named, nullptr, is_markup(self));
  SLIPWAY_ASSIGN(std::string out, formatter.run(self.as_string()));
  return machine.text(std::move(out), is_markup(self));
}

Result<Value> format_map(Machine& machine, const Value& self, const Given& given) {
  const Value& mapping = *given[0];
  if (!mapping.is(Kind::kDict)) return unsupported("format_map of what is no dict");
  Formatter formatter(machine, given.rest().items, given.rest().named, &mapping_of(mapping), is_markup(self));
  SLIPWAY_ASSIGN(std::string out, formatter.run(self.as_string()));
  return machine.text(std::move(out), is_markup(self));
}

constexpr MethodRow kRows[] = {{"format", "*", &format}, {"format_map", "mapping /", &format_map}};

}  // namespace

std::span<const MethodRow> text_format_methods() { return kRows; }

}  // namespace slipway::jinja
