// text/strict_json.h - Python's JSON with NaN and Infinity made into JSON that everybody reads.
//
// Threads    value
// Errors     kCorruptData when the text is no JSON apart from those words
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "slipway/result.h"

namespace slipway::json {

// NaN, Infinity and -Infinity become null, nothing else changes; `replaced` gets their dotted paths.
Result<std::string> strict_json(std::string_view text, std::vector<std::string>& replaced);

}  // namespace slipway::json
