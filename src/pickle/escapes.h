// pickle/escapes.h - texts as the old protocols write them.
//
// Contract   nullopt for what Python would not read as a text
// Threads    value
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace slipway::pickle {

std::optional<std::string> unquoted(std::string_view inside);  // of a Python 2 string literal
std::optional<std::string> unescaped(std::string_view text);   // raw-unicode-escape
// UTF-8 in which Python also takes lone surrogates.
bool is_python_utf8(std::string_view text);
std::optional<std::string> without_surrogates(std::string_view text);  // U+FFFD in their place

}  // namespace slipway::pickle
