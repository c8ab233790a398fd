// jinja/resolver.h - finds the variable of every name and refuses what jinja2's compiler refuses.
//
// Contract   A filter or test that does not exist is an error, save directly in an if or an inline if:
//            there it is one only when reached. break and continue stand in a loop of the same function.
// Errors     kCorruptData with the line
// Source     jinja2 3.1.6, compiler.py
// Threads    value
#pragma once

#include "jinja/syntax.h"
#include "slipway/result.h"

namespace slipway::jinja {

Result<Program> resolve(Body body);

}  // namespace slipway::jinja
