#include "jinja/types.h"

#include "jinja/objects.h"

namespace slipway::jinja {
namespace {

// Everything of one is in the other; for views, whose order does not count.
Result<bool> holds_all(Budget& budget, const View& inner, const View& outer) {
  const auto& all = mapping_of(inner.dict).members;
  for (const auto& [key, value] : all) {
    SLIPWAY_ASSIGN(const Value* found, find_key(budget, mapping_of(outer.dict), key));
    if (found == nullptr) return false;
    if (inner.of != View::Of::kItems) continue;
    SLIPWAY_ASSIGN(const bool same, equal(budget, value, *found));
    if (!same) return false;
  }
  return true;
}

std::size_t size_of(const View& view) { return mapping_of(view.dict).members.size(); }

}  // namespace

std::unexpected<Error> used_undefined(const Value& value) {
  return corrupt(value.shared() == nullptr ? "a value is undefined" : value.object<Hint>().text);
}

std::string_view type_name(const Value& value) {
  switch (value.kind()) {
    case Kind::kUndefined:
    case Kind::kMissing:
      return "Undefined";
    case Kind::kNone:
      return "NoneType";
    case Kind::kBool:
      return "bool";
    case Kind::kInt:
      return "int";
    case Kind::kFloat:
      return "float";
    case Kind::kString:
      return is_markup(value) ? "Markup" : "str";
    case Kind::kList:
      return "list";
    case Kind::kTuple:
      return "tuple";
    case Kind::kDict:
      return "dict";
    case Kind::kRange:
      return "range";
    case Kind::kView:
      return value.object<View>().of == View::Of::kKeys     ? "dict_keys"
             : value.object<View>().of == View::Of::kValues ? "dict_values"
                                                            : "dict_items";
    case Kind::kIterator:
      return value.shared() == nullptr ? "generator" : value.object<Iterator>().type_name();
    case Kind::kNamespace:
      return "TemplateNamespace";
    case Kind::kMacro:
      return "Macro";
    case Kind::kLoop:
      return "LoopContext";
    case Kind::kFunction:
      return "function";
    case Kind::kMethod:
      return "builtin_function_or_method";
    case Kind::kCycler:
      return "Cycler";
    case Kind::kJoiner:
      return "Joiner";
    case Kind::kBlocks:
      return "TemplateReference";
  }
  return "object";
}

bool truth(const Value& value) {
  switch (value.kind()) {
    case Kind::kUndefined:
    case Kind::kNone:
    case Kind::kMissing:
      return false;
    case Kind::kBool:
    case Kind::kInt:
      return value.as_int() != 0;
    case Kind::kFloat:
      return value.as_real() != 0;
    case Kind::kString:
      return !value.as_string().empty();
    case Kind::kList:
    case Kind::kTuple:
      return !items_of(value).empty();
    case Kind::kDict:
      return !mapping_of(value).members.empty();
    case Kind::kView:
      return size_of(value.object<View>()) != 0;
    case Kind::kRange:
      return value.object<Range>().size != 0;
    default:
      return true;
  }
}

bool same_object(const Value& left, const Value& right) {
  if (left.kind() != right.kind()) return false;
  switch (left.kind()) {
    case Kind::kNone:
    case Kind::kBlocks:
      return true;
    case Kind::kBool:
    case Kind::kInt:  // Python keeps the small ones once, and constants of one template
      return left.as_int() == right.as_int();
    case Kind::kFloat:
      return false;
    case Kind::kString:
      return left.shared() == right.shared() ||
             (text_of(left).points <= 1 && left.as_string() == right.as_string());
    default:
      return left.shared() == right.shared() && left.shared() != nullptr;
  }
}

Result<bool> views_equal(Budget& budget, const View& left, const View& right) {
  if (left.of == View::Of::kValues || right.of != left.of) return false;
  if (size_of(left) != size_of(right)) return false;
  return holds_all(budget, left, right);
}

Result<bool> views_ordered(Budget& budget, const Value& one, const Value& other, Order order) {
  const View& left = one.object<View>();
  const View& right = other.object<View>();
  if (left.of == View::Of::kValues || right.of != left.of) return unsupported("sets are compared");
  const bool less = order == Order::kLess || order == Order::kLessEqual;
  const bool strict = order == Order::kLess || order == Order::kGreater;
  const View& inner = less ? left : right;
  const View& outer = less ? right : left;
  if (strict ? size_of(inner) >= size_of(outer) : size_of(inner) > size_of(outer)) return false;
  return holds_all(budget, inner, outer);
}

Result<bool> same_callable(Budget&, const Value& left, const Value& right) {
  if (left.is(Kind::kFunction)) return left.object<BuiltIn>().row == right.object<BuiltIn>().row;
  const Method& one = left.object<Method>();
  const Method& other = right.object<Method>();
  return one.row == other.row && same_object(one.self, other.self);
}

}  // namespace slipway::jinja
