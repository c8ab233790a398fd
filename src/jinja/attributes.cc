#include "jinja/attributes.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "jinja/iterate.h"
#include "jinja/loop_state.h"
#include "jinja/methods.h"
#include "jinja/slices.h"

namespace slipway::jinja {
namespace {

Value unsafe(const Value& object, const std::string& name) {
  return missing_value(
      fmt::format("access to attribute '{}' of '{}' object is unsafe.", name, type_name(object)));
}

Value absent(const Value& object, const std::string& name) {
  return missing_value(fmt::format("'{}' object has no attribute '{}'", type_name(object), name));
}

bool is_in(std::string_view name, std::span<const std::string_view> names) {
  return std::ranges::find(names, name) != names.end();
}

// Methods that change their object: there, and forbidden.
bool changes(const Value& object, std::string_view name) {
  constexpr auto kOfLists = std::to_array<std::string_view>(
      {"append", "clear", "pop", "reverse", "insert", "sort", "extend", "remove"});
  constexpr auto kOfDicts =
      std::to_array<std::string_view>({"clear", "pop", "popitem", "setdefault", "update"});
  if (object.is(Kind::kList)) return is_in(name, kOfLists);
  return object.is(Kind::kDict) && is_in(name, kOfDicts);
}

// What every object has; those that only some have do not matter, as they are undefined either way.
bool is_internal(const Value& object, std::string_view name) {
  constexpr auto kOfAll = std::to_array<std::string_view>(
      {"__class__", "__delattr__",      "__dir__",    "__doc__",  "__eq__",           "__format__",
       "__ge__",    "__getattribute__", "__gt__",     "__hash__", "__init__",         "__init_subclass__",
       "__le__",    "__lt__",           "__ne__",     "__new__",  "__reduce__",       "__reduce_ex__",
       "__repr__",  "__setattr__",      "__sizeof__", "__str__",  "__subclasshook__", "__getstate__"});
  constexpr auto kOfDicts = std::to_array<std::string_view>(
      {"__contains__", "__delitem__", "__getitem__", "__iter__", "__len__", "__setitem__", "__reversed__",
       "__or__", "__ior__", "__ror__", "__class_getitem__"});
  if (object.is(Kind::kNamespace)) return name == "__class__";
  return is_in(name, kOfAll) || (object.is(Kind::kDict) && is_in(name, kOfDicts));
}

Result<std::optional<Value>> macro_attribute(Machine& machine, const Macro& macro, std::string_view name) {
  const Callable& callable = *macro.callable;
  if (name == "name") {
    if (callable.name.empty()) return Value::none();
    SLIPWAY_ASSIGN(Value text, machine.text(callable.name));
    return text;
  }
  if (name == "catch_kwargs") return Value::boolean(callable.takes_kwargs);
  if (name == "catch_varargs") return Value::boolean(callable.takes_varargs);
  if (name == "caller") return Value::boolean(callable.takes_caller);
  if (name == "explicit_caller") return Value::boolean(callable.explicit_caller);
  if (name != "arguments") return std::nullopt;
  std::vector<Value> names;
  for (const ExprPtr& parameter : callable.parameters) {
    SLIPWAY_ASSIGN(Value text, machine.text(parameter->text));
    names.push_back(std::move(text));
  }
  SLIPWAY_ASSIGN(Value tuple, machine.tuple(std::move(names)));
  return tuple;
}

std::optional<Value> number_attribute(const Value& number, std::string_view name) {
  const bool real = number.is(Kind::kFloat);
  if (name == "real") return real ? number : Value::integer(number.as_int());
  if (name == "imag") return real ? Value::real(0) : Value::integer(0);
  if (name == "numerator" && !real) return Value::integer(number.as_int());
  if (name == "denominator" && !real) return Value::integer(1);
  return std::nullopt;
}

std::optional<Value> range_attribute(const Range& range, std::string_view name) {
  if (name == "start") return Value::integer(range.start);
  if (name == "stop") return Value::integer(range.stop);
  if (name == "step") return Value::integer(range.step);
  return std::nullopt;
}

Result<std::optional<Value>> cycler_attribute(Machine& machine, const Cycler& cycler, std::string_view name) {
  if (name == "current") return cycler.items[cycler.at];
  if (name == "pos") return Value::integer(static_cast<std::int64_t>(cycler.at));
  if (name != "items") return std::nullopt;
  SLIPWAY_ASSIGN(Value tuple, machine.tuple(cycler.items));
  return tuple;
}

// Attributes that are no methods.
Result<std::optional<Value>> plain_attribute(Machine& machine, const Value& object, const std::string& name) {
  switch (object.kind()) {
    case Kind::kBool:
    case Kind::kInt:
    case Kind::kFloat:
      return number_attribute(object, name);
    case Kind::kTuple:
      if (!object.object<Sequence>().group) return std::nullopt;
      if (name == "grouper") return items_of(object)[0];
      if (name == "list") return items_of(object)[1];
      return std::nullopt;
    case Kind::kRange:
      return range_attribute(object.object<Range>(), name);
    case Kind::kNamespace: {
      const Value* found = find_text(*object.object<Namespace>().attributes, name);
      if (found == nullptr) return std::nullopt;
      return *found;
    }
    case Kind::kMacro:
      return macro_attribute(machine, object.object<Macro>(), name);
    case Kind::kLoop:
      return loop_attribute(machine, object.object<Loop>(), name);
    case Kind::kCycler:
      return cycler_attribute(machine, object.object<Cycler>(), name);
    case Kind::kJoiner:
      if (name == "sep") return object.object<Joiner>().separator;
      if (name == "used") return Value::boolean(object.object<Joiner>().used);
      return std::nullopt;
    case Kind::kView:
      if (name == "mapping") return unsupported("the mapping of a dict's view");
      return std::nullopt;
    default:
      return std::nullopt;
  }
}

}  // namespace

Result<std::optional<Value>> python_attribute(Machine& machine, const Value& object,
                                              const std::string& name) {
  if (object.is(Kind::kUndefined)) {
    if (name.starts_with("__") && name.ends_with("__")) return std::nullopt;
    return used_undefined(object);
  }
  SLIPWAY_ASSIGN(auto plain, plain_attribute(machine, object, name));
  if (plain) return plain;
  const MethodRow* row = find_method(object, name);
  if (row == nullptr) return std::nullopt;
  SLIPWAY_ASSIGN(Value method, bound_method(machine, object, *row));
  return method;
}

Result<Value> get_attribute(Machine& machine, const Value& object, const std::string& name) {
  if (is_internal(object, name) || changes(object, name)) return unsafe(object, name);
  SLIPWAY_ASSIGN(auto attribute, python_attribute(machine, object, name));
  if (attribute) return std::move(*attribute);
  if (object.is(Kind::kUndefined)) return used_undefined(object);
  if (object.is(Kind::kDict)) {
    if (const Value* found = find_text(mapping_of(object), name)) return *found;
  }
  return absent(object, name);
}

Result<Value> get_item(Machine& machine, const Value& object, const Value& key) {
  switch (object.kind()) {
    case Kind::kUndefined:
      return used_undefined(object);
    case Kind::kDict: {
      SLIPWAY_ASSIGN(const Value* found, find_key(machine.budget(), mapping_of(object), key));
      if (found != nullptr) return *found;
      break;
    }
    case Kind::kString:
    case Kind::kList:
    case Kind::kTuple:
    case Kind::kRange:
      if (is_whole(key)) {
        SLIPWAY_ASSIGN(auto item, item_at(machine, object, key.as_int()));
        if (item) return std::move(*item);
      }
      break;
    default:
      break;
  }
  if (key.is(Kind::kString)) {
    const std::string& name = key.as_string();
    if (is_internal(object, name) || changes(object, name)) return unsafe(object, name);
    SLIPWAY_ASSIGN(auto attribute, python_attribute(machine, object, name));
    if (attribute) return std::move(*attribute);
    return absent(object, name);
  }
  return missing_value(fmt::format("{} object has no such element", type_name(object)));
}

}  // namespace slipway::jinja
