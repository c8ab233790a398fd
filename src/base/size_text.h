// base/size_text.h - sizes as people write them: plain bytes, MB and GB decimal, MiB and GiB binary.
//
// Threads    value
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "slipway/result.h"

namespace slipway {

Result<std::uint64_t> parse_size(std::string_view text);  // "5GB", "512MiB", "1048576", "1.5 GB"
std::string format_size(std::uint64_t size_bytes);        // "1.2 GB": decimal, for people
std::string format_duration(double seconds);              // "3.4 s", "2 min 05 s", for people

}  // namespace slipway
