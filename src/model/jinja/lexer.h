// model/jinja/lexer.h - cuts a template into text and tags, and tags into tokens.
//
// Errors     kUnsupported naming the line of a tag that is not closed or a sign that is not known
// Threads    value
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "slipway/result.h"

namespace slipway::model::jinja {

struct Token {
  enum class Kind { kName, kString, kInt, kSign };
  Kind kind = Kind::kSign;
  std::string text{};
};

struct Piece {
  enum class Kind { kText, kOutput, kTag };
  Kind kind = Kind::kText;
  std::string text{};
  std::vector<Token> tokens{};
};

Result<std::vector<Piece>> lex(std::string_view text);

}  // namespace slipway::model::jinja
