// jinja/tests.h - jinja2's tests, as in `x is defined`.
//
// Source     jinja2 3.1.6, tests.py
// Threads    immutable
#pragma once

#include <string_view>

namespace slipway::jinja {

bool is_test(std::string_view name);

}  // namespace slipway::jinja
