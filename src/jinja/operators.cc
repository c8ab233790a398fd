#include "jinja/operators.h"

#include <array>

#include <fmt/format.h>

#include "jinja/find.h"
#include "jinja/iterate.h"

namespace slipway::jinja {
namespace {

constexpr std::array<std::string_view, 7> kSigns = {"+", "-", "*", "/", "//", "%", "** or pow()"};

std::unexpected<Error> unfit(Op op, const Value& left, const Value& right) {
  return corrupt(fmt::format("unsupported operand type(s) for {}: '{}' and '{}'",
                             kSigns[static_cast<std::size_t>(op)], type_name(left), type_name(right)));
}

Result<Value> add_texts(Machine& machine, const Value& left, const Value& right) {
  const std::string& one = left.as_string();
  const std::string& other = right.as_string();
  SLIPWAY_TRY(machine.budget().room(one.size() + other.size()));
  if (is_markup(left) == is_markup(right)) return machine.text(one + other, is_markup(left));
  // Markup escapes the plain text that it meets.
  SLIPWAY_TRY(machine.budget().fits(5 * (one.size() + other.size())));
  return machine.text(is_markup(left) ? one + escaped(other) : escaped(one) + other, true);
}

Result<Value> add_sequences(Machine& machine, const Value& left, const Value& right) {
  std::vector<Value> items;
  SLIPWAY_TRY(machine.budget().room((items_of(left).size() + items_of(right).size()) * sizeof(Value)));
  items = items_of(left);
  items.insert(items.end(), items_of(right).begin(), items_of(right).end());
  return machine.sequence(left.kind(), std::move(items));
}

}  // namespace

Result<Value> repeated(Machine& machine, const Value& value, std::int64_t times) {
  const auto count = static_cast<std::size_t>(times < 0 ? 0 : times);
  const bool is_text = value.is(Kind::kString);
  const std::size_t one = is_text ? value.as_string().size() : items_of(value).size() * sizeof(Value);
  SLIPWAY_TRY(machine.budget().room(one != 0 && count > SIZE_MAX / 2 / one ? SIZE_MAX : one * count));
  if (is_text) {
    std::string out;
    out.reserve(one * count);
    for (std::size_t i = 0; i < count && one > 0; ++i) out += value.as_string();
    return machine.text(std::move(out), is_markup(value));
  }
  const auto& items = items_of(value);
  std::vector<Value> out;
  out.reserve(items.size() * count);
  for (std::size_t i = 0; i < count && one > 0; ++i) out.insert(out.end(), items.begin(), items.end());
  return machine.sequence(value.kind(), std::move(out));
}

Result<Value> operate(Machine& machine, Op op, const Value& left, const Value& right) {
  if (op == Op::kMod && left.is(Kind::kString)) return percent_format(machine, left, right);
  if (left.is(Kind::kUndefined)) return used_undefined(left);
  if (right.is(Kind::kUndefined)) return used_undefined(right);
  if (is_number(left) && is_number(right)) return arithmetic(op, left, right);
  if (op == Op::kAdd && left.kind() == right.kind()) {
    if (left.is(Kind::kString)) return add_texts(machine, left, right);
    if (is_sequence(left)) return add_sequences(machine, left, right);
  }
  if (op == Op::kMul) {
    const auto repeats = [](const Value& value) { return value.is(Kind::kString) || is_sequence(value); };
    if (repeats(left) && is_whole(right)) return repeated(machine, left, right.as_int());
    if (repeats(right) && is_whole(left)) return repeated(machine, right, left.as_int());
  }
  const bool sets = left.is(Kind::kView) || right.is(Kind::kView);
  if (op == Op::kSub && sets && is_iterable(left) && is_iterable(right)) return unsupported("a set");
  return unfit(op, left, right);
}

Result<bool> compared(Machine& machine, Op op, const Value& left, const Value& right) {
  Budget& budget = machine.budget();
  switch (op) {
    case Op::kEq:
      return equal(budget, left, right);
    case Op::kNe: {
      SLIPWAY_ASSIGN(const bool same, equal(budget, left, right));
      return !same;
    }
    case Op::kLt:
      return ordered(budget, left, right, Order::kLess);
    case Op::kLtEq:
      return ordered(budget, left, right, Order::kLessEqual);
    case Op::kGt:
      return ordered(budget, left, right, Order::kGreater);
    case Op::kGtEq:
      return ordered(budget, left, right, Order::kGreaterEqual);
    default:
      break;
  }
  SLIPWAY_ASSIGN(const bool found, contains(machine, right, left));
  return found == (op == Op::kIn);
}

Result<bool> contains(Machine& machine, const Value& container, const Value& item) {
  if (container.is(Kind::kString)) {
    if (!item.is(Kind::kString)) {
      return corrupt(fmt::format("'in <string>' requires string as left operand, not {}", type_name(item)));
    }
    SLIPWAY_TRY(machine.budget().step(container.as_string().size() / 64));
    return find_text_in(container.as_string(), item.as_string()) != std::string::npos;
  }
  const bool keys = container.is(Kind::kView) && container.object<View>().of == View::Of::kKeys;
  if (container.is(Kind::kDict) || keys) {
    if (!is_hashable(item)) return corrupt(fmt::format("unhashable type: '{}'", type_name(item)));
    const Value& dict = keys ? container.object<View>().dict : container;
    SLIPWAY_ASSIGN(const Value* found, find_key(machine.budget(), mapping_of(dict), item));
    return found != nullptr;
  }
  if (!is_iterable(container)) {
    return corrupt(fmt::format("argument of type '{}' is not iterable", type_name(container)));
  }
  SLIPWAY_ASSIGN(const auto source, iterate(machine, container));
  for (Value one;;) {
    SLIPWAY_ASSIGN(const bool more, source->next(machine, one));
    if (!more) return false;
    SLIPWAY_ASSIGN(const bool same, equal(machine.budget(), one, item));
    if (same) return true;
  }
}

}  // namespace slipway::jinja
