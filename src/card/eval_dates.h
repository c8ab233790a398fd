// card/eval_dates.h - dates as ISO 8601 writes them.
//
// Threads    value
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace slipway::card {

// "2026-01-31", or with a time behind it: "2026-01-31T09:30:00Z".
bool is_iso_date(std::string_view text);
// The day of seconds since 1970; nothing outside the years 1970 to 9999.
std::optional<std::string> iso_day(double seconds);

}  // namespace slipway::card
