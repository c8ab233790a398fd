// jinja/operators.h - + - * / // % ** and the comparisons, on Python's values.
//
// Errors     kCorruptData: types that do not fit, a division by zero; kUnsupported: an integer past 64 bits
// Threads    belongs to one rendering
#pragma once

#include "jinja/machine.h"

namespace slipway::jinja {

Result<Value> operate(Machine& machine, Op op, const Value& left, const Value& right);
Result<bool> compared(Machine& machine, Op op, const Value& left, const Value& right);
Result<bool> contains(Machine& machine, const Value& container, const Value& item);
Result<Value> signed_value(const Value& value, bool negative);
inline bool is_negative(const Value& value) {
  return value.is(Kind::kInt) ? value.as_int() < 0 : value.is(Kind::kFloat) && value.as_real() < 0;
}

// numbers.cc
Result<Value> arithmetic(Op op, const Value& left, const Value& right);

// texts.cc, percent.cc
Result<Value> repeated(Machine& machine, const Value& value, std::int64_t times);
Result<Value> percent_format(Machine& machine, const Value& format, const Value& arguments);
std::string escaped(std::string_view text);
Result<std::string> escaped_value(Machine& machine, const Value& value);  // markupsafe.escape

}  // namespace slipway::jinja
