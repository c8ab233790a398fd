// base/glob.h - shell patterns as Python's fnmatch reads them, so that people's patterns mean the same.
//
// Contract   Case-sensitive; `*` and `?` cross `/`; `[...]` and `[!...]` are sets; the whole text must match.
// Limits     linear in text times pattern; no recursion
// Threads    value
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace slipway {

bool glob_match(std::string_view pattern, std::string_view text);
bool glob_match_any(std::span<const std::string> patterns, std::string_view text);

}  // namespace slipway
