#include <algorithm>

#include <fmt/format.h>
#include "model/jinja/walk.h"

namespace slipway::model::jinja {
namespace {

using Kind = Value::Kind;

constexpr std::size_t kTextBytesMax = 1u << 20;
constexpr int kCompareDepthMax = 8;

bool is_open(const Value& value) {
  return value.is(Kind::kUnknown) || (value.is(Kind::kText) && !is_literal(value.text));
}

}  // namespace

Text Walk::to_text(const Value& value) {
  switch (value.kind) {
    case Kind::kUndefined:
      return {};
    case Kind::kNone:
      return Value::string("None").text;
    case Kind::kBool:
      return Value::string(value.number != 0 ? "True" : "False").text;
    case Kind::kInt:
      return Value::string(fmt::format("{}", value.number)).text;
    case Kind::kText:
    case Kind::kUnknown:
      return value.text;
    default:
      return Value::unknown("", taint_of(value), true).text;
  }
}

Value Walk::compare(const Expr& expr) {
  const Value left = eval(*expr.parts[0]);
  const Value right = eval(*expr.parts[1]);
  if (stopped()) return {};
  const std::string& sign = expr.text;
  if (sign == "==" || sign == "!=") return Value::boolean(equal(left, right) == (sign == "=="));
  if (sign == "in" || sign == "not in") return Value::boolean(contains(left, right) == (sign == "in"));
  if (sign == "<") return Value::boolean(less(left, right));
  if (sign == ">") return Value::boolean(less(right, left));
  if (sign == "<=") return Value::boolean(!less(right, left));
  return Value::boolean(!less(left, right));
}

bool Walk::less(const Value& left, const Value& right) {
  if (left.is_number() && right.is_number()) return left.number < right.number;
  if (left.is(Kind::kText) && right.is(Kind::kText) && is_literal(left.text) && is_literal(right.text))
    return literal(left.text) < literal(right.text);
  if (left.is_number() && left.number <= 0 && is_solid(right)) return true;
  if (right.is_number() && right.number <= 1 && is_solid(left)) return false;
  if (is_open(left) || is_open(right)) {
    const std::string a = key_of(left), b = key_of(right);
    return choices_.ask(a.empty() || b.empty() ? std::string() : fmt::format("less: {} {}", a, b));
  }
  raise();
  return false;
}

bool Walk::equal(const Value& left, const Value& right, int depth) {
  if (stopped() || !spend(1 + weight(left.text) / 64)) return false;
  if (left.is_number() && right.is_number()) return left.number == right.number;
  const bool texts = left.is(Kind::kText) && right.is(Kind::kText);
  if (texts && is_literal(left.text) && is_literal(right.text))
    return literal(left.text) == literal(right.text);
  const bool open = left.is(Kind::kUnknown) || right.is(Kind::kUnknown) || texts;
  if (open) {
    const std::string a = key_of(left), b = key_of(right);
    if (!a.empty() && a == b) return true;
    if ((left.is_number() && left.number <= 0 && is_solid(right)) ||
        (right.is_number() && right.number <= 0 && is_solid(left)))
      return false;
    if (texts && left.text.empty()) return !truth(right);
    if (texts && right.text.empty()) return !truth(left);
    return choices_.ask(a.empty() || b.empty() ? std::string() : fmt::format("equal: {} {}", a, b));
  }
  if (left.kind != right.kind) return false;
  if (left.is(Kind::kUndefined) || left.is(Kind::kNone)) return true;
  if (depth >= kCompareDepthMax) return choices_.ask("");
  if (left.list && right.list) {
    if (left.list == right.list) return true;
    if (left.list->size() != right.list->size()) return false;
    for (std::size_t i = 0; i < left.list->size(); ++i)
      if (!equal((*left.list)[i], (*right.list)[i], depth + 1)) return false;
    return true;
  }
  if (left.dict && right.dict) {
    if (left.dict == right.dict) return true;
    if (left.dict->size() != right.dict->size()) return false;
    return std::ranges::all_of(*left.dict, [&](const auto& member) {
      const Value* other = right.find(member.first);
      return other != nullptr && equal(member.second, *other, depth + 1);
    });
  }
  return left.macro == right.macro && left.name == right.name && left.space == right.space;
}

bool Walk::contains(const Value& needle, const Value& hay) {
  if (hay.is(Kind::kUndefined)) return false;
  if (hay.list)
    return std::ranges::any_of(*hay.list, [&](const Value& entry) { return equal(needle, entry); });
  if (hay.dict && !spend(hay.dict->size() / 8)) return false;
  if (hay.dict || hay.space)
    return needle.is(Kind::kText) && is_literal(needle.text) && hay.find(literal(needle.text)) != nullptr;
  if (!is_open(hay) && !hay.is(Kind::kText)) {
    raise();
    return false;
  }
  if (!needle.is(Kind::kText) && !needle.is(Kind::kUnknown)) {
    raise();
    return false;
  }
  if (!spend(weight(hay.text) / 64)) return false;
  if (!is_open(needle)) {
    const std::string wanted = literal(needle.text);
    const auto holds = [&](const Part& part) {
      return !part.opaque && part.text.find(wanted) != std::string::npos;
    };
    if (wanted.empty() || std::ranges::any_of(hay.text, holds)) return true;
    if (!is_open(hay)) return false;
  }
  const std::string a = key_of(needle), b = key_of(hay);
  return choices_.ask(a.empty() || b.empty() ? std::string() : fmt::format("in: {} {}", a, b));
}

Value Walk::add(const Value& left, const Value& right) {
  const auto texty = [](const Value& value) { return value.is(Kind::kText) || value.is(Kind::kUnknown); };
  if (left.is_number() && right.is_number()) return arithmetic("+", left, right);
  if (left.list && right.list) {
    if (!spend(left.list->size() + right.list->size())) return {};
    List all = *left.list;
    all.insert(all.end(), right.list->begin(), right.list->end());
    return Value::of(std::move(all));
  }
  const bool messages = (taint_of(left) | taint_of(right)) != 0;
  if (left.is(Kind::kUnknown) && right.is(Kind::kUnknown) && !messages)
    return derived("+", left, {.given = {right}});
  if (texty(left) && texty(right)) return binary("~", left, right);
  if (left.is(Kind::kUnknown) || right.is(Kind::kUnknown)) {
    const bool first = left.is(Kind::kUnknown);
    return derived("+", first ? left : right, {.given = {first ? right : left}}, true);
  }
  return raise();
}

Value Walk::binary(const std::string& sign, const Value& left, const Value& right) {
  if (sign == "+") return add(left, right);
  if (sign != "~") return arithmetic(sign, left, right);
  Text text = to_text(left);
  Text more = to_text(right);
  const std::size_t bytes = weight(text) + weight(more);
  if (bytes > kTextBytesMax) return not_read("it makes a text that is too long");
  if (!spend(bytes / 64)) return {};
  append(text, std::move(more));
  return Value::of(std::move(text));
}

Value Walk::arithmetic(const std::string& sign, const Value& left, const Value& right) {
  if (stopped()) return {};
  if (left.is(Kind::kUnknown)) return derived(sign, left, {.given = {right}}, true);
  if (right.is(Kind::kUnknown)) return derived(sign, right, {.given = {left}}, true);
  if (!left.is_number() || !right.is_number()) {
    if (sign == "%" || sign == "*") return not_read("it calculates with texts");
    return raise();
  }
  std::int64_t result = 0;
  bool overflow = false;
  if (sign == "+") overflow = __builtin_add_overflow(left.number, right.number, &result);
  if (sign == "-") overflow = __builtin_sub_overflow(left.number, right.number, &result);
  if (sign == "*") overflow = __builtin_mul_overflow(left.number, right.number, &result);
  if (sign == "%" || sign == "//") {
    if (right.number == 0) return raise();
    if (left.number < 0 || right.number < 0) return not_read("it divides by or from a negative number");
    result = sign == "%" ? left.number % right.number : left.number / right.number;
  }
  if (sign == "/") return not_read("it makes a decimal number");
  return overflow ? not_read("it makes a number that is too large") : Value::integer(result);
}

}  // namespace slipway::model::jinja
