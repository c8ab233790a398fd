// jinja/parse_number.h - Python's int(text, base) and float(text).
//
// Threads    value
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "slipway/result.h"

namespace slipway::jinja {

// Nothing where Python raises ValueError. Errors  kUnsupported past 64 bits
Result<std::optional<std::int64_t>> parse_whole(std::string_view text, std::int64_t base);
std::optional<double> parse_real(std::string_view text);

}  // namespace slipway::jinja
