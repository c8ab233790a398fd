#include <algorithm>
#include <array>

#include <fmt/format.h>
#include "model/jinja/walk.h"

namespace slipway::model::jinja {
namespace {

using Kind = Value::Kind;

constexpr auto kFunctions =
    std::to_array<std::string_view>({"namespace", "raise_exception", "range", "strftime_now", "dict"});

// Known to be missing: a conversation without tools, a stock call.
bool is_absent(std::string_view name) {
  if (name.find("tool") != std::string_view::npos) return true;
  static constexpr auto kAbsent =
      std::to_array<std::string_view>({"sep_token", "cls_token", "mask_token", "additional_special_tokens",
                                       "continue_final_message", "caller"});
  return std::ranges::find(kAbsent, name) != kAbsent.end();
}

}  // namespace

bool Walk::ask(std::string_view question, const Value& about) {
  const std::string key = key_of(about);
  return choices_.ask(key.empty() ? std::string() : fmt::format("{}: {}", question, key));
}

bool Walk::truth(const Value& value) {
  switch (value.kind) {
    case Kind::kUndefined:
    case Kind::kNone:
      return false;
    case Kind::kBool:
    case Kind::kInt:
      return value.number != 0;
    case Kind::kText: {
      const auto fills = [](const Part& part) { return part.opaque ? part.solid : !part.text.empty(); };
      if (std::ranges::any_of(value.text, fills)) return true;
      return !value.text.empty() && ask("true", value);
    }
    case Kind::kList:
      return !value.list->empty();
    case Kind::kDict:
      return !value.dict->empty();
    case Kind::kSpace:
    case Kind::kMacro:
    case Kind::kFunction:
      return true;
    case Kind::kUnknown:
      return is_solid(value) || ask("true", value);
  }
  return false;
}

Value Walk::lookup(const std::string& name) {
  for (auto scope = scopes_.rbegin(); scope != scopes_.rend(); ++scope) {
    const auto at = scope->find(name);
    if (at == scope->end()) continue;
    if (!spend(weight(at->second.text) / 64)) return {};
    return at->second;
  }
  if (std::ranges::find(kFunctions, name) != kFunctions.end()) return {.kind = Kind::kFunction, .name = name};
  if (is_absent(name)) return {};
  // Anything a caller may give or not.
  return choices_.ask("given: " + name) ? Value::unknown(name) : Value();
}

Value Walk::attribute(const Value& object, const std::string& name) {
  if (object.is(Kind::kUndefined)) return raise();
  if (object.is(Kind::kUnknown)) return derived("." + name, object, {});
  if (object.dict && !spend(object.dict->size() / 8)) return {};
  const Value* found = object.find(name);
  return found == nullptr ? Value() : *found;
}

Value Walk::item(const Value& object, const Value& index) {
  if (object.is(Kind::kUndefined)) return raise();
  if (object.is(Kind::kUnknown) || index.is(Kind::kUnknown)) {
    if (object.list || object.dict) return not_read("it takes an entry by an unknown key");
    return derived("item", object, {.given = {index}});
  }
  if (index.is(Kind::kText) && is_literal(index.text)) return attribute(object, literal(index.text));
  if (!index.is_number()) return {};
  if (object.is(Kind::kText)) return derived("item", object, {.given = {index}});
  if (!object.list) return {};
  const auto size = static_cast<std::int64_t>(object.list->size());
  const std::int64_t place = index.number < 0 ? index.number + size : index.number;
  if (place < 0 || place >= size) return {};
  return (*object.list)[static_cast<std::size_t>(place)];
}

Value Walk::slice(const Expr& expr) {
  const Value object = eval(*expr.parts[0]);
  std::array<Value, 3> bounds;
  for (std::size_t i = 0; i < 3; ++i)
    if (expr.parts[i + 1] != nullptr) bounds[i] = eval(*expr.parts[i + 1]);
  if (stopped()) return {};
  if (object.is(Kind::kText) || object.is(Kind::kUnknown))
    return derived("slice", object, {.given = {bounds[0], bounds[1], bounds[2]}});
  if (!object.list) return raise();
  const auto plain = [](const Value& bound) { return bound.is(Kind::kUndefined) || bound.is(Kind::kInt); };
  if (!std::ranges::all_of(bounds, plain)) return not_read("it cuts a list at an unknown place");
  const auto size = static_cast<std::int64_t>(object.list->size());
  if (!spend(object.list->size())) return {};
  const std::int64_t step = bounds[2].is(Kind::kInt) ? bounds[2].number : 1;
  const auto bound = [&](const Value& value, std::int64_t missing) {
    if (!value.is(Kind::kInt)) return missing;
    return std::clamp<std::int64_t>(value.number < 0 ? value.number + size : value.number, 0, size);
  };
  List cut;
  if (step == 1) {
    for (std::int64_t i = bound(bounds[0], 0); i < bound(bounds[1], size); ++i)
      cut.push_back((*object.list)[static_cast<std::size_t>(i)]);
    return Value::of(std::move(cut));
  }
  if (step != -1 || bounds[0].is(Kind::kInt) || bounds[1].is(Kind::kInt))
    return not_read("it cuts a list in steps");
  return Value::of(List(object.list->rbegin(), object.list->rend()));
}

Value Walk::dict_literal(const Expr& expr) {
  Dict dict;
  for (std::size_t i = 0; i + 1 < expr.parts.size(); i += 2) {
    const Value key = eval(*expr.parts[i]);
    if (!key.is(Kind::kText) || !is_literal(key.text))
      return not_read("a dict has a key that is no plain text");
    dict.emplace_back(literal(key.text), eval(*expr.parts[i + 1]));
  }
  return Value::of(std::move(dict));
}

Value Walk::eval(const Expr& expr) {
  if (stopped() || !spend(1)) return {};
  Value value = eval_any(expr);
  return value.depth > kValueDepthMax ? not_read("it nests values too deep") : value;
}

Value Walk::literal_value(const Expr& expr) {
  switch (expr.kind) {
    case Expr::Kind::kString:
      return spend(expr.text.size() / 64) ? Value::string(expr.text) : Value();
    case Expr::Kind::kInt:
      return Value::integer(expr.number);
    case Expr::Kind::kTrue:
    case Expr::Kind::kFalse:
      return Value::boolean(expr.kind == Expr::Kind::kTrue);
    case Expr::Kind::kList: {
      List list;
      for (const ExprPtr& part : expr.parts) list.push_back(eval(*part));
      return Value::of(std::move(list));
    }
    case Expr::Kind::kDict:
      return dict_literal(expr);
    default:
      return Value::none();
  }
}

// What asks for only one of its parts.
Value Walk::choice(const Expr& expr) {
  Value first = eval(*expr.parts[0]);
  if (stopped()) return {};
  if (expr.kind == Expr::Kind::kNot) return Value::boolean(!truth(first));
  const bool yes = truth(first);
  if (expr.kind == Expr::Kind::kAnd) return yes ? eval(*expr.parts[1]) : first;
  if (expr.kind == Expr::Kind::kOr) return yes ? first : eval(*expr.parts[1]);
  if (yes) return eval(*expr.parts[1]);
  return expr.parts[2] == nullptr ? Value() : eval(*expr.parts[2]);
}

Value Walk::pair_value(const Expr& expr) {
  const Value left = eval(*expr.parts[0]);
  const Value right = eval(*expr.parts[1]);
  if (stopped()) return {};
  return expr.kind == Expr::Kind::kItem ? item(left, right) : binary(expr.text, left, right);
}

Value Walk::test_value(const Expr& expr) {
  const Value value = eval(*expr.parts[0]);
  List given;
  for (std::size_t i = 1; i < expr.parts.size(); ++i) given.push_back(eval(*expr.parts[i]));
  return stopped() ? Value() : Value::boolean(test(expr.text, value, given));
}

Value Walk::eval_any(const Expr& expr) {
  switch (expr.kind) {
    case Expr::Kind::kName:
      return lookup(expr.text);
    case Expr::Kind::kAttr: {
      const Value object = eval(*expr.parts[0]);
      return stopped() ? Value() : attribute(object, expr.text);
    }
    case Expr::Kind::kItem:
    case Expr::Kind::kBinary:
      return pair_value(expr);
    case Expr::Kind::kSlice:
      return slice(expr);
    case Expr::Kind::kCall:
      return call(expr);
    case Expr::Kind::kFilter:
      return filter(expr);
    case Expr::Kind::kTest:
      return test_value(expr);
    case Expr::Kind::kNegate:
      return arithmetic("-", Value::integer(0), eval(*expr.parts[0]));
    case Expr::Kind::kCompare:
      return compare(expr);
    case Expr::Kind::kNot:
    case Expr::Kind::kAnd:
    case Expr::Kind::kOr:
    case Expr::Kind::kIfElse:
      return choice(expr);
    default:
      return literal_value(expr);
  }
}

}  // namespace slipway::model::jinja
