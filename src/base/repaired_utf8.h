// base/repaired_utf8.h - text from outside as UTF-8, whatever bytes it is made of.
//
// Contract   Well-formed UTF-8 stays as it is; every byte that belongs to none becomes U+FFFD.
// Threads    value
#pragma once

#include <string>
#include <string_view>

namespace slipway {

std::string repaired_utf8(std::string_view text);

}  // namespace slipway
