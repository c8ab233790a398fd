#include "jinja/filters.h"

#include <algorithm>

#include <fmt/format.h>

#include "jinja/attributes.h"
#include "jinja/unicode.h"

namespace slipway::jinja {
namespace {

const FilterRow* find_filter(std::string_view name) {
  for (const auto rows :
       {text_filters(), markup_filters(), list_filters(), lazy_filters(), order_filters(), value_filters()}) {
    const auto found = std::ranges::find(rows, name, &FilterRow::name);
    if (found != rows.end()) return &*found;
  }
  return nullptr;
}

}  // namespace

bool is_filter(std::string_view name) { return find_filter(name) != nullptr; }

Result<Value> Machine::filter(const std::string& name, const Value& subject, Arguments arguments) {
  const FilterRow* row = find_filter(name);
  if (row == nullptr) return corrupt(fmt::format("there is no filter '{}'", name));
  SLIPWAY_ASSIGN(Given given, Given::bind(row->name, row->signature, std::move(arguments)));
  return row->run(*this, subject, given);
}

Result<Value> soft_text(Machine& machine, const Value& value) {
  if (value.is(Kind::kString)) return value;
  SLIPWAY_ASSIGN(std::string text, machine.str(value));
  return machine.text(std::move(text));
}

Result<Value> without_case(Machine& machine, const Value& value) {
  if (!value.is(Kind::kString)) return value;
  SLIPWAY_TRY(machine.budget().room(value.as_string().size() * 2));
  return machine.text(to_lower(value.as_string()), is_markup(value));
}

Result<Getter> attribute_getter(Machine& machine, const Value* attribute, const Value* otherwise) {
  std::vector<Value> parts;
  if (attribute != nullptr && attribute->is(Kind::kString)) {
    std::string_view rest = attribute->as_string();
    while (true) {
      const std::size_t dot = std::min(rest.find('.'), rest.size());
      const std::string part(rest.substr(0, dot));
      const bool digits = !part.empty() && part.find_first_not_of("0123456789") == std::string::npos;
      if (digits && part.size() > 18) return unsupported("an integer past 64 bits");
      parts.push_back(digits ? Value::integer(std::stoll(part)) : Value::string(part));
      if (dot == rest.size()) break;
      rest.remove_prefix(dot + 1);
    }
  } else if (attribute != nullptr && !attribute->is(Kind::kNone)) {
    parts.push_back(*attribute);
  }
  Value replacement = otherwise == nullptr ? Value::none() : *otherwise;
  return Getter([&machine, parts, replacement](const Value& item) -> Result<Value> {
    Value at = item;
    for (const Value& part : parts) {
      SLIPWAY_ASSIGN(at, get_item(machine, at, part));
      if (!replacement.is(Kind::kNone) && at.is(Kind::kUndefined)) at = replacement;
    }
    return at;
  });
}

}  // namespace slipway::jinja
