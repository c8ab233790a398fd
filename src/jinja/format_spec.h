// jinja/format_spec.h - Python's format(value, spec) and its printf.
//
// Limits     A width or precision asks for room before anything of its size is made.
// Source     CPython 3.11, formatter_unicode.c and unicodeobject.c
// Threads    belongs to one rendering
#pragma once

#include <string>
#include <string_view>

#include "jinja/machine.h"

namespace slipway::jinja {

Result<std::string> formatted(Machine& machine, const Value& value, std::string_view spec);

struct Numeric {    // how a number is written
  char sign = '-';  // '-', '+', ' '
  bool alternate = false;
  int precision = -1;
};
// The digits of a double as %e, %f, %g (E, F, G) write them, without a sign.
Result<std::string> real_digits(Machine& machine, double value, char type, int precision, bool alternate);
std::string whole_digits(std::uint64_t value, int base, bool upper);

}  // namespace slipway::jinja
