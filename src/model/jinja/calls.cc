#include <algorithm>

#include <fmt/format.h>
#include "model/jinja/walk.h"

namespace slipway::model::jinja {
namespace {

using Kind = Value::Kind;

constexpr int kCallDepthMax = 16;
constexpr std::int64_t kRangeMax = 1000;

}  // namespace

const Value* Walk::Arguments::at(std::size_t place, std::string_view name) const {
  if (place < given.size()) return &given[place];
  for (const auto& [key, value] : named)
    if (key == name) return &value;
  return nullptr;
}

Walk::Arguments Walk::arguments(const Expr& expr) {
  Arguments made;
  for (std::size_t i = 1; i < expr.parts.size(); ++i) made.given.push_back(eval(*expr.parts[i]));
  for (const auto& [name, value] : expr.named) made.named.emplace_back(name, eval(*value));
  return made;
}

bool Walk::hides(const Value& value, Care care) {
  if (value.list || value.dict || value.space) return true;
  return std::ranges::any_of(value.text, [&](const Part& part) {
    if (part.opaque) return part.dirty;
    if (care == Care::kAnyText) return part.text.find_first_not_of(" \t\r\n\f\v") != std::string::npos;
    if (!spend(1 + specials_.size() * (1 + part.text.size() / 64) / 16)) return true;
    return std::ranges::any_of(specials_, [&part](const std::string& token) {
      return !token.empty() && part.text.find(token) != std::string::npos;
    });
  });
}

Value Walk::derived_solid(std::string_view how, const Value& from, const Arguments& arguments) {
  Value value = derived(how, from, arguments);
  for (Part& part : value.text) part.solid = true;
  return value;
}

Value Walk::derived(std::string_view how, const Value& from, const Arguments& arguments, bool dirty) {
  std::string key = key_of(from);
  Taint taint = taint_of(from);
  for (const Value& argument : arguments.given) {
    const std::string more = key_of(argument);
    key = key.empty() || more.empty() ? std::string() : fmt::format("{}, {}", key, more);
    taint |= taint_of(argument);
  }
  if (!arguments.named.empty()) key.clear();
  if (!key.empty()) key = fmt::format("{}({})", how, key);
  return Value::unknown(std::move(key), taint, dirty || hides(from, Care::kSpecials));
}

Value Walk::call(const Expr& expr) {
  const Expr& callee = *expr.parts[0];
  if (callee.kind == Expr::Kind::kAttr) {
    const Value object = eval(*callee.parts[0]);
    const Arguments given = arguments(expr);
    return stopped() ? Value() : method(object, callee.text, given);
  }
  const Value target = eval(callee);
  const Arguments given = arguments(expr);
  if (stopped()) return {};
  if (target.is(Kind::kFunction)) return function(target.name, given);
  if (target.is(Kind::kMacro)) return macro(*target.macro, given);
  if (target.is(Kind::kUnknown)) return derived("call", target, given);
  return raise();
}

Value Walk::function(const std::string& name, const Arguments& arguments) {
  if (name == "raise_exception") return raise();
  if (name == "strftime_now") return derived(name, Value::none(), arguments);
  if (name == "namespace" || name == "dict") {
    if (!arguments.given.empty()) return not_read(fmt::format("'{}' with a value", name));
    if (name == "dict") return Value::of(Dict(arguments.named.begin(), arguments.named.end()));
    for (const auto& member : arguments.named)
      if (member.second.space) return not_read("a namespace inside a namespace");
    Value space{.kind = Kind::kSpace};
    space.space = std::make_shared<Space>(arguments.named.begin(), arguments.named.end());
    return space;
  }
  // range
  std::vector<std::int64_t> bounds;
  for (const Value& bound : arguments.given) {
    if (!bound.is(Kind::kInt)) return not_read("a range of unknown size");
    bounds.push_back(bound.number);
  }
  if (bounds.size() == 1) bounds.insert(bounds.begin(), 0);
  if (bounds.size() == 2) bounds.push_back(1);
  if (bounds.size() != 3 || bounds[2] == 0) return raise();
  for (const std::int64_t bound : bounds)
    if (bound < -kRangeMax || bound > kRangeMax) return not_read("a range that is too long");
  List numbers;
  for (std::int64_t i = bounds[0]; bounds[2] > 0 ? i < bounds[1] : i > bounds[1]; i += bounds[2])
    numbers.push_back(Value::integer(i));
  return Value::of(std::move(numbers));
}

Value Walk::macro(const Stmt& macro, const Arguments& arguments) {
  if (++calls_ > kCallDepthMax) return not_read("macros call each other too deep");
  if (arguments.given.size() > macro.parameters.size()) return raise();
  auto scopes = std::move(scopes_);
  scopes_.clear();
  scopes_.push_back(std::move(scopes.front()));
  scopes_.emplace_back();
  for (std::size_t i = 0; i < macro.parameters.size(); ++i) {
    const auto& [name, fallback] = macro.parameters[i];
    const Value* given = arguments.at(i, name);
    Value value = given != nullptr ? *given : fallback != nullptr ? eval(*fallback) : Value();
    scopes_.back()[name] = std::move(value);
  }
  Text text = captured(macro.body);
  scopes.front() = std::move(scopes_.front());
  scopes_ = std::move(scopes);
  jump_ = Jump::kNone;
  --calls_;
  return Value::of(std::move(text));
}

Value Walk::dict_method(const Value& object, const std::string& name, const Arguments& arguments) {
  List list;
  if (!spend(object.dict->size())) return {};
  if (name == "get" && !arguments.given.empty()) {
    const Value& key = arguments.given.front();
    if (!key.is(Kind::kText) || !is_literal(key.text)) return not_read("it takes an entry by an unknown key");
    if (const Value* found = object.find(literal(key.text))) return *found;
    return arguments.given.size() > 1 ? arguments.given[1] : Value::none();
  }
  if (name != "items" && name != "keys" && name != "values")
    return not_read(fmt::format("the method '{}'", name));
  for (const auto& [key, value] : *object.dict) {
    if (name == "keys") list.push_back(Value::string(key));
    if (name == "values") list.push_back(value);
    if (name == "items") list.push_back(Value::of(List{Value::string(key), value}));
  }
  return Value::of(std::move(list));
}

Value Walk::method(const Value& object, const std::string& name, const Arguments& arguments) {
  if (object.is(Kind::kUndefined)) return raise();
  if (object.is(Kind::kText)) return text_method(object, name, arguments);
  if (object.is(Kind::kUnknown)) {
    const bool brings_text = name == "replace" || name == "format" || name == "join" || name == "get";
    return derived("." + name, object, arguments, brings_text);
  }
  if (object.dict) return dict_method(object, name, arguments);
  if (object.space || object.list) return not_read(fmt::format("the method '{}'", name));
  return raise();
}

}  // namespace slipway::model::jinja
