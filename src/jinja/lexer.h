// jinja/lexer.h - cuts a template into tokens, whitespace already taken as the tags say.
//
// Contract   trim_blocks and lstrip_blocks are on, as transformers sets them; line ends become \n and one at
//            the end of the template goes.
// Errors     kCorruptData with the line
// Source     jinja2 3.1.6, lexer.py
// Threads    value
#pragma once

#include <string_view>
#include <vector>

#include "jinja/tokens.h"
#include "slipway/result.h"

namespace slipway::jinja {

Result<std::vector<Token>> lex(std::string_view text);

// What a string literal without its quotes stands for.
Result<std::string> unescape(std::string_view text);

}  // namespace slipway::jinja
