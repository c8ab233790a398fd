// model/jinja/syntax.h - a chat template as a tree: what is needed to read it, not to render it.
//
// Contract   Covers what chat templates use: if, for, set, macro, generation, break, continue;
//            expressions with filters, tests, calls and slices. Anything else is kUnsupported naming
//            it. Whitespace control as transformers sets it (trim_blocks, lstrip_blocks).
// Limits     template 1 MiB; statements nest 64 deep, expressions 128
// Threads    value
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "slipway/result.h"

namespace slipway::model::jinja {

inline constexpr std::size_t kTemplateBytesMax = 1u << 20;
inline constexpr int kStatementDepthMax = 64;
inline constexpr int kExpressionDepthMax = 128;

struct Expr;
using ExprPtr = std::unique_ptr<Expr>;

struct Expr {
  enum class Kind : std::uint8_t {
    kString,  // text
    kInt,     // number
    kTrue,
    kFalse,
    kNone,
    kName,    // text
    kList,    // parts; tuples too
    kDict,    // parts: key, value, key, value
    kAttr,    // parts[0] . text
    kItem,    // parts[0] [ parts[1] ]
    kSlice,   // parts[0] [ parts[1] : parts[2] : parts[3] ], null where left out
    kCall,    // parts[0] ( parts[1].., named )
    kFilter,  // parts[0] | text ( parts[1].., named )
    kTest,    // parts[0] is text ( parts[1].. )
    kNot,
    kNegate,
    kBinary,   // text: + - * / // % ** ~
    kCompare,  // text: == != < > <= >= in, "not in"
    kAnd,
    kOr,
    kIfElse  // parts: condition, then, else (null where left out)
  };
  Kind kind = Kind::kNone;
  std::string text{};
  std::int64_t number = 0;
  std::vector<ExprPtr> parts{};
  std::vector<std::pair<std::string, ExprPtr>> named{};
  int depth = 1;
};

struct Stmt;
using Body = std::vector<Stmt>;

struct Stmt {
  enum class Kind : std::uint8_t {
    kText,
    kOutput,
    kIf,
    kFor,
    kSet,
    kSetBlock,
    kMacro,
    kScope,
    kBreak,
    kContinue
  };
  Kind kind = Kind::kText;
  std::string text{};                                         // of kText; name of a macro
  ExprPtr expr{};                                             // output, condition, iterable, value
  ExprPtr filter{};                                           // of a for
  ExprPtr space{};                                            // set space.name = ..: the namespace
  std::vector<std::string> names{};                           // targets of for and set
  std::vector<std::pair<std::string, ExprPtr>> parameters{};  // of a macro, with defaults
  Body body{};
  Body other{};  // else; an elif is an if in here
};

Result<Body> parse_template(std::string_view text);

}  // namespace slipway::model::jinja
