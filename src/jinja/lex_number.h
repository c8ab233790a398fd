// jinja/lex_number.h - the numbers of a template: 1_000, 0x1f, 0b11, 1.5, 2e3.
//
// Errors     kUnsupported for an integer past 64 bits
// Threads    value
#pragma once

#include <string_view>

#include "jinja/value.h"
#include "slipway/result.h"

namespace slipway::jinja {

struct NumberToken {
  std::size_t size = 0;  // 0: no number stands here
  Value value{};
};
Result<NumberToken> lex_number(std::string_view text, std::size_t at);

}  // namespace slipway::jinja
