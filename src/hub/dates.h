// hub/dates.h - the two ways in which a Hub writes a point in time.
//
// Contract   Total; milliseconds since 1970 (UTC), or nullopt for anything else.
// Limits     64 characters
// Threads    value
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace slipway::hub {

// "Sun, 06 Nov 1994 08:49:37 GMT" and the two older forms that HTTP still allows.
std::optional<std::int64_t> parse_http_date(std::string_view text);
// RFC 3339: "2026-08-20T10:00:00Z", with a fraction or another offset as "+02:00".
std::optional<std::int64_t> parse_rfc3339(std::string_view text);

}  // namespace slipway::hub
