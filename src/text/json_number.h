// text/json_number.h - number texts: JSON's grammar, and floats as Python spells them.
//
// Threads    value
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace slipway::json {

bool is_number(std::string_view text);  // exactly RFC 8259's grammar; NaN and infinities are not
std::optional<double> parse_float(std::string_view text);  // past the range: infinity or zero
// The shortest text that reads back, in Python's spelling: 1e-05, 1e+16, 500000.0, 1.5.
std::string python_float(double value);

}  // namespace slipway::json
