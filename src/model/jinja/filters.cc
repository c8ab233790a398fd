#include <algorithm>

#include <fmt/format.h>
#include "model/jinja/walk.h"

namespace slipway::model::jinja {
namespace {

using Kind = Value::Kind;

bool is_open(const Value& value) { return value.is(Kind::kUnknown) || value.is(Kind::kText); }

}  // namespace

Value Walk::filter(const Expr& expr) {
  const Value value = eval(*expr.parts[0]);
  const Arguments given = arguments(expr);
  return stopped() ? Value() : apply_filter(expr.text, value, given);
}

Value Walk::apply_filter(const std::string& name, const Value& value, const Arguments& arguments) {
  if (!spend(1 + weight(value.text) / 64)) return {};
  if (name == "default" || name == "d") {
    const Value* falsy = arguments.at(1, "boolean");
    const bool missing = value.is(Kind::kUndefined) || (falsy != nullptr && truth(*falsy) && !truth(value));
    const Value* fallback = arguments.at(0, "default_value");
    return !missing ? value : fallback == nullptr ? Value::string("") : *fallback;
  }
  if (name == "safe" || name == "string" || name == "trim" || name == "upper" || name == "lower" ||
      name == "title" || name == "capitalize") {
    const Value text = value.is(Kind::kUnknown) ? value : Value::of(to_text(value));
    if (name == "safe" || name == "string") return text;
    if (text.is(Kind::kUnknown)) return derived(name, text, arguments, hides(text, Care::kAnyText));
    return name == "trim" ? stripped(text, "strip", arguments) : recased(text, name);
  }
  if (name == "tojson") return derived(name, value, arguments, true);
  if (name == "replace")
    return is_open(value) ? replaced(Value::of(to_text(value)), arguments) : not_read("a replace");
  if (name == "length" || name == "count") return length(value);
  if (name == "items" && value.dict) return dict_method(value, name, arguments);
  if (value.is(Kind::kUnknown)) return derived(name, value, arguments, true);
  return list_filter(name, value, arguments);
}

Value Walk::list_filter(const std::string& name, const Value& value, const Arguments& arguments) {
  if (name == "join") return joined(value, arguments);
  if (name == "map") return mapped(value, arguments);
  if (name == "selectattr") return selected(value, arguments, true, true);
  if (name == "rejectattr") return selected(value, arguments, true, false);
  if (name == "select") return selected(value, arguments, false, true);
  if (name == "reject") return selected(value, arguments, false, false);
  if (name == "list" && !is_open(value)) return Value::of(items_of(value));
  if (name == "first" && value.list) return value.list->empty() ? Value() : value.list->front();
  if (name == "last" && value.list) return value.list->empty() ? Value() : value.list->back();
  if (name == "reverse" && value.list && spend(value.list->size()))
    return Value::of(List(value.list->rbegin(), value.list->rend()));
  if (is_open(value)) return derived(name, value, arguments, true);
  return not_read(fmt::format("the filter '{}'", name));
}

Value Walk::length(const Value& value) {
  if (value.is(Kind::kUndefined)) return Value::integer(0);
  if (value.list) return Value::integer(static_cast<std::int64_t>(value.list->size()));
  if (value.dict) return Value::integer(static_cast<std::int64_t>(value.dict->size()));
  if (is_open(value)) {
    if (value.is(Kind::kText) && value.text.empty()) return Value::integer(0);
    return is_solid(value) ? derived_solid("length", value, {}) : derived("length", value, {});
  }
  return raise();
}

Value Walk::joined(const Value& value, const Arguments& arguments) {
  if (is_open(value)) return derived("join", value, arguments, true);
  Text text;
  const Value* by = arguments.at(0, "d");
  if (arguments.at(1, "attribute") != nullptr) return not_read("a join by attribute");
  bool first = true;
  for (const Value& entry : items_of(value)) {
    if (!first && by != nullptr) append(text, to_text(*by));
    append(text, to_text(entry));
    first = false;
    if (!spend(1 + weight(text) / 64)) return {};
    if (weight(text) > kTemplateBytesMax) return not_read("it makes a text that is too long");
  }
  return Value::of(std::move(text));
}

Value Walk::mapped(const Value& value, const Arguments& arguments) {
  if (is_open(value)) return derived("map", value, arguments, true);
  const Value* by = arguments.at(1, "attribute");
  const Value* which = by != nullptr ? by : arguments.at(0, "filter");
  if (which == nullptr || !which->is(Kind::kText) || !is_literal(which->text)) return not_read("a map");
  const std::string name = literal(which->text);
  List made;
  for (const Value& entry : items_of(value)) {
    if (stopped() || !spend(1)) return {};
    made.push_back(by != nullptr ? attribute(entry, name) : apply_filter(name, entry, {}));
  }
  return Value::of(std::move(made));
}

Value Walk::selected(const Value& value, const Arguments& arguments, bool by_attribute, bool wanted) {
  if (is_open(value)) return derived("select", value, arguments, true);
  List rest = arguments.given;
  std::string attribute_name, test_name = "true";
  const auto take_name = [&rest](std::string& name) {
    if (rest.empty() || !rest.front().is(Kind::kText) || !is_literal(rest.front().text)) return false;
    name = literal(rest.front().text);
    rest.erase(rest.begin());
    return true;
  };
  if (by_attribute && !take_name(attribute_name)) return not_read("a selection");
  const bool tests = take_name(test_name);
  List kept;
  for (const Value& entry : items_of(value)) {
    if (stopped() || !spend(1)) return {};
    const Value tested = by_attribute ? attribute(entry, attribute_name) : entry;
    if ((tests ? test(test_name, tested, rest) : truth(tested)) == wanted) kept.push_back(entry);
  }
  return Value::of(std::move(kept));
}

bool Walk::unknown_test(const std::string& name, const Value& value) {
  if (name == "defined") return true;
  if (name == "undefined") return false;
  return ask("is " + name, value);
}

bool Walk::test(const std::string& name, const Value& value, const List& arguments) {
  if ((name == "equalto" || name == "eq" || name == "sameas" || name == "ne") && arguments.size() == 1)
    return equal(value, arguments.front()) == (name != "ne");
  if (name == "in" && arguments.size() == 1) return contains(value, arguments.front());
  if (!arguments.empty()) {
    not_read(fmt::format("the test '{}'", name));
    return false;
  }
  if (value.is(Kind::kUnknown)) return unknown_test(name, value);
  const bool text = value.is(Kind::kText);
  const bool list = value.list != nullptr, dict = value.dict != nullptr;
  if (name == "defined") return !value.is(Kind::kUndefined);
  if (name == "undefined") return value.is(Kind::kUndefined);
  if (name == "none") return value.is(Kind::kNone);
  if (name == "string") return text;
  if (name == "mapping") return dict;
  if (name == "iterable") return text || list || dict || value.is(Kind::kUndefined);
  if (name == "sequence") return text || list || dict || value.is(Kind::kUndefined);
  if (name == "boolean") return value.is(Kind::kBool);
  if (name == "true") return value.is(Kind::kBool) && value.number != 0;
  if (name == "false") return value.is(Kind::kBool) && value.number == 0;
  if (name == "number") return value.is_number();
  if (name == "integer") return value.is(Kind::kInt);
  if (name == "callable") return value.macro != nullptr || value.is(Kind::kFunction);
  not_read(fmt::format("the test '{}'", name));
  return false;
}

}  // namespace slipway::model::jinja
