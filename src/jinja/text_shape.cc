#include "jinja/methods.h"
#include "jinja/operators.h"
#include "jinja/text_args.h"
#include "jinja/unicode.h"

namespace slipway::jinja {
namespace {

template <bool Left, bool Right>
Result<Value> strip_chars(Machine& machine, const Value& self, const Given& given) {
  std::string chars;
  const bool blanks = given.is_none(0);
  if (!blanks) {
    SLIPWAY_ASSIGN(chars, given.string(0));
    SLIPWAY_TRY(machine.budget().step(chars.size() * self.as_string().size() / 1024));
  }
  return machine.text(std::string(strip_of(self.as_string(), blanks ? nullptr : &chars, Left, Right)),
                      is_markup(self));
}

Result<Value> replace(Machine& machine, const Value& self, const Given& given) {
  SLIPWAY_ASSIGN(const std::string old, given.string(0));
  SLIPWAY_ASSIGN(std::string fresh, given.string(1));
  SLIPWAY_ASSIGN(const std::int64_t count, given.whole(2, -1));
  if (is_markup(self)) {
    SLIPWAY_ASSIGN(fresh, escaped_value(machine, *given[1]));
  }
  SLIPWAY_ASSIGN(std::string out, replaced(machine, self.as_string(), old, fresh, count));
  return machine.text(std::move(out), is_markup(self));
}

template <char Where>
Result<Value> pad(Machine& machine, const Value& self, const Given& given) {
  SLIPWAY_ASSIGN(const std::int64_t width, whole_of(*given[0]));
  std::string fill = " ";
  if (given[1] != nullptr) {
    SLIPWAY_ASSIGN(fill, given.string(1));
    if (is_markup(self)) {
      SLIPWAY_ASSIGN(fill, escaped_value(machine, *given[1]));
    }
    if (count_points(fill) != 1) return corrupt("The fill character must be exactly one character long");
  }
  return padded(machine, self, width, fill, Where);
}

Result<Value> zero_fill(Machine& machine, const Value& self, const Given& given) {
  SLIPWAY_ASSIGN(const std::int64_t width, whole_of(*given[0]));
  const std::string& text = self.as_string();
  const bool sign = text.starts_with('-') || text.starts_with('+');
  if (!sign) return padded(machine, self, width, "0", '>');
  SLIPWAY_ASSIGN(const Value digits, machine.text(text.substr(1), is_markup(self)));
  SLIPWAY_ASSIGN(const Value filled, padded(machine, digits, width - (width > INT64_MIN ? 1 : 0), "0", '>'));
  return machine.text(text.substr(0, 1) + filled.as_string(), is_markup(self));
}

template <bool End>
Result<Value> remove_affix(Machine& machine, const Value& self, const Given& given) {
  SLIPWAY_ASSIGN(const std::string affix, given.string(0));
  std::string_view text = self.as_string();
  if (End ? text.ends_with(affix) : text.starts_with(affix)) {
    text = End ? text.substr(0, text.size() - affix.size()) : text.substr(affix.size());
  }
  return machine.text(std::string(text), is_markup(self));
}

Result<Value> expand_tabs(Machine& machine, const Value& self, const Given& given) {
  SLIPWAY_ASSIGN(const std::int64_t size, given.whole(0, 8));
  if (size > INT32_MAX || size < INT32_MIN) return corrupt("Python int too large to convert to C int");
  const std::string& text = self.as_string();
  std::string out;
  std::int64_t column = 0;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t begin = at;
    const Point point = next_point(text, at);
    if (point == '\t') {
      const std::int64_t blanks = size > 0 ? size - column % size : 0;
      SLIPWAY_TRY(machine.budget().room(out.size() / 64 + static_cast<std::size_t>(blanks)));
      SLIPWAY_TRY(machine.budget().fits(out.size() + static_cast<std::size_t>(blanks)));
      out.append(static_cast<std::size_t>(blanks), ' ');
      column += blanks;
      continue;
    }
    out += text.substr(begin, at - begin);
    column = point == '\n' || point == '\r' ? 0 : column + 1;
  }
  return machine.text(std::move(out), is_markup(self));
}

Result<Value> bytes(Machine&, const Value&, const Given&) { return unsupported("bytes"); }

constexpr MethodRow kRows[] = {{"strip", "chars? /", &strip_chars<true, true>},
                               {"lstrip", "chars? /", &strip_chars<true, false>},
                               {"rstrip", "chars? /", &strip_chars<false, true>},
                               {"replace", "old new count? /", &replace},
                               {"center", "width fillchar? /", &pad<'^'>},
                               {"ljust", "width fillchar? /", &pad<'<'>},
                               {"rjust", "width fillchar? /", &pad<'>'>},
                               {"zfill", "width /", &zero_fill},
                               {"removeprefix", "prefix /", &remove_affix<false>},
                               {"removesuffix", "suffix /", &remove_affix<true>},
                               {"expandtabs", "tabsize?", &expand_tabs},
                               {"encode", "*", &bytes},
                               {"translate", "*", &bytes},
                               {"maketrans", "*", &bytes}};

}  // namespace

std::span<const MethodRow> text_shape_methods() { return kRows; }

}  // namespace slipway::jinja
