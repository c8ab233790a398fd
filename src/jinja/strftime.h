// jinja/strftime.h - Python's strftime in the C locale.
//
// Errors     kUnsupported for a directive we do not know
// Source     glibc's strftime
// Threads    value
#pragma once

#include <string>
#include <string_view>

#include "jinja/budget.h"
#include "jinja/template.h"

namespace slipway::jinja {

Result<std::string> strftime(Budget& budget, const LocalTime& time, std::string_view format);

}  // namespace slipway::jinja
