// jinja/tokens.h - the words of a template.
//
// Source     jinja2 3.1.6, lexer.py
// Threads    value
#pragma once

#include <cstdint>
#include <string>

#include "jinja/value.h"

namespace slipway::jinja {

struct Token {
  enum class Kind : std::uint8_t {
    kData,  // text between the tags
    kBlockBegin,
    kBlockEnd,
    kPrintBegin,
    kPrintEnd,
    kName,
    kString,
    kNumber,  // an integer
    kReal,
    kSign,  // an operator or a bracket: its text
    kEnd
  };
  Kind kind = Kind::kEnd;
  int line = 1;
  std::string text{};  // of a string: unescaped
  Value number{};

  bool is(Kind other) const { return kind == other; }
  bool is_sign(std::string_view sign) const { return kind == Kind::kSign && text == sign; }
  bool is_name(std::string_view name) const { return kind == Kind::kName && text == name; }
};

}  // namespace slipway::jinja
