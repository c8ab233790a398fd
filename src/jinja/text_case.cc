#include "jinja/methods.h"
#include "jinja/operators.h"
#include "jinja/unicode.h"

namespace slipway::jinja {
namespace {

template <std::string (*Change)(std::string_view)>
Result<Value> change(Machine& machine, const Value& self, const Given&) {
  SLIPWAY_TRY(machine.budget().room(self.as_string().size() * 2));
  return machine.text(Change(self.as_string()), is_markup(self));
}

// Every code point has one of the flags, and there is one.
template <std::uint16_t Flags>
Result<Value> all(Machine& machine, const Value& self, const Given&) {
  const std::string& text = self.as_string();
  SLIPWAY_TRY(machine.budget().step(text.size() / 16));
  for (std::size_t at = 0; at < text.size();) {
    if (!has(next_point(text, at), Flags)) return Value::boolean(false);
  }
  return Value::boolean(!text.empty());
}

Result<Value> is_space_only(Machine&, const Value& self, const Given&) {
  const std::string& text = self.as_string();
  return Value::boolean(!text.empty() && strip(text).empty());
}

// Cased ones are all of one case, and there is one.
template <std::uint16_t Wanted, std::uint16_t Refused>
Result<Value> of_case(Machine&, const Value& self, const Given&) {
  bool found = false;
  const std::string& text = self.as_string();
  for (std::size_t at = 0; at < text.size();) {
    const Point point = next_point(text, at);
    if (has(point, Refused)) return Value::boolean(false);
    found = found || has(point, Wanted);
  }
  return Value::boolean(found);
}

Result<Value> is_title(Machine&, const Value& self, const Given&) {
  bool found = false;
  bool in_word = false;
  const std::string& text = self.as_string();
  for (std::size_t at = 0; at < text.size();) {
    const Point point = next_point(text, at);
    if (has(point, kUpper | kTitle) ? in_word : has(point, kLower) && !in_word) return Value::boolean(false);
    in_word = is_cased(point);
    found = found || in_word;
  }
  return Value::boolean(found);
}

Result<Value> is_ascii(Machine&, const Value& self, const Given&) {
  return Value::boolean(text_of(self).is_ascii());
}

Result<Value> is_printable(Machine&, const Value& self, const Given&) {
  const std::string& text = self.as_string();
  for (std::size_t at = 0; at < text.size();) {
    if (!has(next_point(text, at), kPrintable)) return Value::boolean(false);
  }
  return Value::boolean(true);
}

Result<Value> is_identifier(Machine&, const Value& self, const Given&) {
  const std::string& text = self.as_string();
  for (std::size_t at = 0; at < text.size();) {
    const bool first = at == 0;
    if (!has(next_point(text, at), first ? kNameStart : kNameFollow)) return Value::boolean(false);
  }
  return Value::boolean(!text.empty());
}

constexpr MethodRow kRows[] = {
    {"upper", "", &change<to_upper>},
    {"lower", "", &change<to_lower>},
    {"title", "", &change<to_title>},
    {"capitalize", "", &change<to_capital>},
    {"swapcase", "", &change<swap_case>},
    {"casefold", "", &change<fold_case>},
    {"isalpha", "", &all<kAlpha>},
    {"isalnum", "", &all<kAlpha | kDecimal | kDigit | kNumeric>},
    {"isdecimal", "", &all<kDecimal>},
    {"isdigit", "", &all<kDigit>},
    {"isnumeric", "", &all<kNumeric>},
    {"isspace", "", &is_space_only},
    {"islower", "", &of_case<kLower, kUpper | kTitle>},
    {"isupper", "", &of_case<kUpper, kLower | kTitle>},
    {"istitle", "", &is_title},
    {"isascii", "", &is_ascii},
    {"isprintable", "", &is_printable},
    {"isidentifier", "", &is_identifier},
};

}  // namespace

std::span<const MethodRow> text_case_methods() { return kRows; }

}  // namespace slipway::jinja
