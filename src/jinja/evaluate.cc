#include <algorithm>

#include <fmt/format.h>

#include "jinja/attributes.h"
#include "jinja/iterate.h"
#include "jinja/machine.h"
#include "jinja/operators.h"
#include "jinja/slices.h"

namespace slipway::jinja {

namespace {

bool holds_undefined(const Value& value) {
  if (value.is(Kind::kUndefined)) return true;
  if (value.is(Kind::kDict)) {
    const auto& members = value.object<Mapping>().members;
    return std::ranges::any_of(members, [](const auto& row) { return holds_undefined(row.second); });
  }
  if (!value.is(Kind::kList) && !value.is(Kind::kTuple)) return false;
  return std::ranges::any_of(value.items(), holds_undefined);
}

}  // namespace

Result<Value> Machine::evaluate(const Expr& expr) {
  SLIPWAY_TRY(budget_.step());
  if (nesting_ >= kNestingMax) return budget_.too_deep();
  ++nesting_;
  const std::uint64_t before = slices_undefined_;
  auto value = evaluated(expr);
  --nesting_;
  const bool top = expr.slices && !expr.folded;
  if (top && value && slices_undefined_ != before && holds_undefined(*value))
    return corrupt("a slice of what has no items");
  return value;
}

Result<Value> Machine::evaluated(const Expr& expr) {
  switch (expr.kind) {
    case Expr::Kind::kConst:
      return expr.value;
    case Expr::Kind::kName:
      return name(expr);
    case Expr::Kind::kSpace:
      return corrupt("a namespace's attribute is no value here");
    case Expr::Kind::kList:
    case Expr::Kind::kTuple: {
      SLIPWAY_ASSIGN(std::vector<Value> items, parts(expr));
      return sequence(expr.kind == Expr::Kind::kList ? Kind::kList : Kind::kTuple, std::move(items));
    }
    case Expr::Kind::kDict:
      return make_dict(expr);
    case Expr::Kind::kGetattr: {
      SLIPWAY_ASSIGN(const Value object, evaluate(*expr.parts[0]));
      return get_attribute(*this, object, expr.text);
    }
    case Expr::Kind::kGetitem:
      return subscript(expr);
    case Expr::Kind::kSlice: {
      return corrupt("a slice is no value");
    }
    case Expr::Kind::kCall:
      return called(expr, nullptr);
    case Expr::Kind::kFilter:
      return filtered(expr, nullptr);
    case Expr::Kind::kTest: {
      SLIPWAY_ASSIGN(const Value subject, evaluate(*expr.parts[0]));
      SLIPWAY_ASSIGN(Arguments given, arguments(expr));
      SLIPWAY_ASSIGN(const bool holds, test(expr.text, subject, std::move(given)));
      return Value::boolean(holds);
    }
    case Expr::Kind::kNot: {
      SLIPWAY_ASSIGN(const Value value, evaluate(*expr.parts[0]));
      return Value::boolean(!truth(value));
    }
    case Expr::Kind::kNeg:
    case Expr::Kind::kPos: {
      SLIPWAY_ASSIGN(const Value value, evaluate(*expr.parts[0]));
      return signed_value(value, expr.kind == Expr::Kind::kNeg);
    }
    case Expr::Kind::kBinary:
      return binary(expr);
    case Expr::Kind::kConcat:
      return concat(expr);
    case Expr::Kind::kCompare:
      return compare(expr);
    case Expr::Kind::kAnd:
    case Expr::Kind::kOr: {
      SLIPWAY_ASSIGN(Value left, evaluate(*expr.parts[0]));
      if (truth(left) == (expr.kind == Expr::Kind::kOr)) return left;
      return evaluate(*expr.parts[1]);
    }
    case Expr::Kind::kCond:
      return condition(expr);
  }
  return corrupt("an expression of no known kind");
}

Result<Value> Machine::name(const Expr& expr) {
  const Value& value = cell(expr.slot);
  if (value.is(Kind::kMissing)) return missing_value(fmt::format("'{}' is undefined", expr.text));
  return value;
}

Result<std::vector<Value>> Machine::parts(const Expr& expr, std::size_t from) {
  std::vector<Value> items;
  items.reserve(expr.parts.size());
  for (std::size_t i = from; i < expr.parts.size(); ++i) {
    SLIPWAY_ASSIGN(Value item, evaluate(*expr.parts[i]));
    items.push_back(std::move(item));
  }
  return items;
}

Result<Value> Machine::make_dict(const Expr& expr) {
  auto made = std::make_shared<Mapping>();
  for (std::size_t i = 0; i < expr.parts.size(); i += 2) {
    SLIPWAY_ASSIGN(Value key, evaluate(*expr.parts[i]));
    SLIPWAY_ASSIGN(Value value, evaluate(*expr.parts[i + 1]));
    if (!is_hashable(key)) return corrupt(fmt::format("unhashable type: '{}'", type_name(key)));
    SLIPWAY_TRY(insert(budget_, *made, std::move(key), std::move(value)));
  }
  return dict(std::move(made));
}

Result<Value> Machine::subscript(const Expr& expr) {
  SLIPWAY_ASSIGN(const Value object, evaluate(*expr.parts[0]));
  const Expr& index = *expr.parts[1];
  if (index.kind == Expr::Kind::kSlice) {
    Slice slice;
    Value* const bounds[] = {&slice.start, &slice.stop, &slice.step};
    for (std::size_t i = 0; i < 3; ++i) {
      *bounds[i] = Value::none();
      if (index.parts[i] == nullptr) continue;
      SLIPWAY_ASSIGN(*bounds[i], evaluate(*index.parts[i]));
    }
    auto made = sliced(*this, object, slice);
    if (!made && expr.constant && made.error().code == ErrorCode::kCorruptData) {
      ++slices_undefined_;
      return missing_value("a folded slice is undefined");
    }
    return made;
  }
  if (index.kind == Expr::Kind::kTuple) {
    for (const ExprPtr& part : index.parts) {
      if (part->kind == Expr::Kind::kSlice) return unsupported("a slice among several subscripts");
    }
  }
  SLIPWAY_ASSIGN(const Value key, evaluate(index));
  return get_item(*this, object, key);
}

Result<Value> Machine::binary(const Expr& expr) {
  const Expr& left_part = *expr.parts[0];
  SLIPWAY_ASSIGN(Value left, evaluate(left_part));
  SLIPWAY_ASSIGN(const Value right, evaluate(*expr.parts[1]));
  // jinja2 writes the folded -2 of -2 ** x without brackets, so that Python's ** binds first.
  if (expr.ops[0] == Op::kPow && left_part.constant && !expr.parts[1]->constant && is_negative(left)) {
    SLIPWAY_ASSIGN(left, signed_value(left, true));
    SLIPWAY_ASSIGN(const Value power, operate(*this, Op::kPow, left, right));
    return signed_value(power, true);
  }
  return operate(*this, expr.ops[0], left, right);
}

Result<Value> Machine::compare(const Expr& expr) {
  SLIPWAY_ASSIGN(Value left, evaluate(*expr.parts[0]));
  for (std::size_t i = 0; i < expr.ops.size(); ++i) {
    SLIPWAY_ASSIGN(Value right, evaluate(*expr.parts[i + 1]));
    SLIPWAY_ASSIGN(const bool holds, compared(*this, expr.ops[i], left, right));
    if (!holds) return Value::boolean(false);
    left = std::move(right);
  }
  return Value::boolean(true);
}

Result<Value> Machine::concat(const Expr& expr) {
  // Python evaluates all before it makes texts of them.
  SLIPWAY_ASSIGN(const std::vector<Value> values, parts(expr));
  std::string out;
  for (const Value& value : values) {
    SLIPWAY_ASSIGN(const std::string part, str(value));
    SLIPWAY_TRY(budget_.fits(out.size() + part.size()));
    out += part;
  }
  return text(std::move(out));
}

Result<Value> Machine::condition(const Expr& expr) {
  SLIPWAY_ASSIGN(const Value test, evaluate(*expr.parts[0]));
  if (truth(test)) return evaluate(*expr.parts[1]);
  if (expr.parts[2] != nullptr) return evaluate(*expr.parts[2]);
  return missing_value(fmt::format(
      "the inline if-expression on line {} evaluated to false and no else section was defined.", expr.line));
}

Result<Arguments> Machine::arguments(const Expr& expr) {
  Arguments given;
  SLIPWAY_ASSIGN(given.items, parts(expr, 1));
  for (const auto& [key, part] : expr.named) {
    SLIPWAY_ASSIGN(Value value, evaluate(*part));
    if (auto old = given.find(key); old != nullptr) given.take(key);
    given.named.emplace_back(key, std::move(value));
  }
  if (expr.star) {
    SLIPWAY_ASSIGN(const Value more, evaluate(*expr.star));
    SLIPWAY_ASSIGN(std::vector<Value> items, collect(*this, more));
    for (Value& item : items) given.items.push_back(std::move(item));
  }
  if (!expr.star_star) return given;
  SLIPWAY_ASSIGN(const Value more, evaluate(*expr.star_star));
  if (!more.is(Kind::kDict))
    return corrupt(fmt::format("argument after ** must be a mapping, not {}", type_name(more)));
  for (const auto& [key, value] : mapping_of(more).members) {
    if (!key.is(Kind::kString)) return corrupt("keywords must be strings");
    if (given.find(key.as_string()) != nullptr) {
      return corrupt(fmt::format("got multiple values for keyword argument '{}'", key.as_string()));
    }
    given.named.emplace_back(key.as_string(), value);
  }
  return given;
}

Result<Value> Machine::filtered(const Expr& expr, const Value* subject) {
  Value value;
  if (expr.parts[0] == nullptr) {
    value = *subject;
  } else if (subject != nullptr && expr.parts[0]->kind == Expr::Kind::kFilter) {
    SLIPWAY_ASSIGN(value, filtered(*expr.parts[0], subject));
  } else {
    SLIPWAY_ASSIGN(value, evaluate(*expr.parts[0]));
  }
  SLIPWAY_ASSIGN(Arguments given, arguments(expr));
  return filter(expr.text, value, std::move(given));
}

Result<Value> Machine::called(const Expr& expr, const Value* caller) {
  SLIPWAY_ASSIGN(const Value callee, evaluate(*expr.parts[0]));
  SLIPWAY_ASSIGN(Arguments given, arguments(expr));
  if (caller != nullptr) {
    given.take("caller");
    given.named.emplace_back("caller", *caller);
  }
  return call(callee, std::move(given));
}

}  // namespace slipway::jinja
