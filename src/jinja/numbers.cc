#include <cmath>

#include <fmt/format.h>

#include "jinja/operators.h"

namespace slipway::jinja {
namespace {

std::unexpected<Error> too_big() { return unsupported("an integer past 64 bits"); }

Result<Value> whole_power(std::int64_t base, std::int64_t power) {
  if (power < 0) {
    if (base == 0) return corrupt("0.0 cannot be raised to a negative power");
    return Value::real(std::pow(static_cast<double>(base), static_cast<double>(power)));
  }
  std::int64_t made = 1;
  while (power > 0) {
    if ((power & 1) != 0 && __builtin_mul_overflow(made, base, &made)) return too_big();
    power >>= 1;
    if (power > 0 && __builtin_mul_overflow(base, base, &base)) {
      return too_big();
    }
  }
  return Value::integer(made);
}

std::int64_t floor_quotient(std::int64_t left, std::int64_t right) {
  const std::int64_t quotient = left / right;
  return quotient * right != left && (left < 0) != (right < 0) ? quotient - 1 : quotient;
}

// Python's int / int is the double next to the true quotient.
double true_quotient(std::int64_t left, std::int64_t right) {
  constexpr std::int64_t kExact = std::int64_t{1} << 53;
  if (left <= kExact && left >= -kExact && right <= kExact && right >= -kExact)
    return static_cast<double>(left) / static_cast<double>(right);
  return static_cast<double>(static_cast<long double>(left) / static_cast<long double>(right));
}

Result<Value> wholes(Op op, std::int64_t left, std::int64_t right) {
  std::int64_t made = 0;
  switch (op) {
    case Op::kAdd:
      if (__builtin_add_overflow(left, right, &made)) return too_big();
      return Value::integer(made);
    case Op::kSub:
      if (__builtin_sub_overflow(left, right, &made)) return too_big();
      return Value::integer(made);
    case Op::kMul:
      if (__builtin_mul_overflow(left, right, &made)) return too_big();
      return Value::integer(made);
    case Op::kPow:
      return whole_power(left, right);
    default:
      break;
  }
  if (right == 0) return corrupt("division by zero");
  if (op == Op::kDiv) return Value::real(true_quotient(left, right));
  if (left == INT64_MIN && right == -1) {
    if (op == Op::kMod) return Value::integer(0);
    return too_big();
  }
  const std::int64_t quotient = floor_quotient(left, right);
  return Value::integer(op == Op::kMod ? left - quotient * right : quotient);
}

double float_modulo(double left, double right) {
  double made = std::fmod(left, right);
  if (made != 0) {
    if ((right < 0) != (made < 0)) made += right;
  } else {
    made = std::copysign(0.0, right);
  }
  return made;
}

double float_floor_quotient(double left, double right) {
  const double rest = std::fmod(left, right);
  double quotient = (left - rest) / right;
  if (rest != 0 && (right < 0) != (rest < 0)) quotient -= 1;
  if (quotient == 0) return std::copysign(0.0, left / right);
  const double floored = std::floor(quotient);
  return quotient - floored > 0.5 ? floored + 1 : floored;
}

Result<Value> real_power(double left, double right) {
  if (left == 0 && right < 0) return corrupt("0.0 cannot be raised to a negative power");
  if (left < 0 && std::isfinite(left) && std::isfinite(right) && right != std::floor(right))
    return unsupported("a complex number");
  const double made = std::pow(left, right);
  if (std::isinf(made) && std::isfinite(left) && std::isfinite(right))
    return corrupt("numerical result out of range");
  return Value::real(made);
}

Result<Value> reals(Op op, double left, double right) {
  switch (op) {
    case Op::kAdd:
      return Value::real(left + right);
    case Op::kSub:
      return Value::real(left - right);
    case Op::kMul:
      return Value::real(left * right);
    case Op::kPow:
      return real_power(left, right);
    default:
      break;
  }
  if (right == 0) return corrupt("float division by zero");
  if (op == Op::kDiv) return Value::real(left / right);
  return Value::real(op == Op::kMod ? float_modulo(left, right) : float_floor_quotient(left, right));
}

}  // namespace

Result<Value> arithmetic(Op op, const Value& left, const Value& right) {
  if (left.is(Kind::kFloat) || right.is(Kind::kFloat)) return reals(op, real_of(left), real_of(right));
  return wholes(op, left.as_int(), right.as_int());
}

Result<Value> signed_value(const Value& value, bool negative) {
  if (value.is(Kind::kUndefined)) return used_undefined(value);
  if (value.is(Kind::kFloat)) return Value::real(negative ? -value.as_real() : value.as_real());
  if (!is_whole(value)) {
    return corrupt(
        fmt::format("bad operand type for unary {}: '{}'", negative ? '-' : '+', type_name(value)));
  }
  if (!negative) return Value::integer(value.as_int());
  if (value.as_int() == INT64_MIN) return too_big();
  return Value::integer(-value.as_int());
}

}  // namespace slipway::jinja
