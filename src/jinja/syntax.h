// jinja/syntax.h - a template as a tree, with every name's place once it is resolved.
//
// Contract   Made by parse() and resolve(); immutable afterwards.
// Threads    immutable
// Source     jinja2 3.1.6, nodes.py
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "jinja/value.h"

namespace slipway::jinja {

// A variable: `up` functions outwards, at `index` there.
struct Slot {
  std::uint32_t up = 0;
  std::uint32_t index = 0;
};

enum class Op : std::uint8_t {
  kAdd,
  kSub,
  kMul,
  kDiv,
  kFloorDiv,
  kMod,
  kPow,
  kEq,
  kNe,
  kGt,
  kGtEq,
  kLt,
  kLtEq,
  kIn,
  kNotIn
};

struct Expr;
using ExprPtr = std::unique_ptr<Expr>;

struct Expr {
  enum class Kind : std::uint8_t {
    kConst,
    kName,
    kSpace,  // text.name as a target: a namespace's attribute
    kList,
    kTuple,
    kDict,     // parts: key, value, key, value
    kGetattr,  // parts[0].text
    kGetitem,  // parts[0][parts[1]]
    kSlice,    // parts: start, stop, step, null where left out
    kCall,     // parts[0](parts[1].., named)
    kFilter,   // parts[0] | text(parts[1].., named); parts[0] null in a filter block
    kTest,
    kNot,
    kNeg,
    kPos,
    kBinary,  // ops[0]
    kConcat,
    kCompare,  // parts[0] ops[0] parts[1] ops[1] parts[2]
    kAnd,
    kOr,
    kCond  // parts: test, then, else (null where left out)
  };
  enum class Use : std::uint8_t { kLoad, kStore, kParam };

  Kind kind = Kind::kConst;
  Use use = Use::kLoad;
  bool constant = false;  // no name and no call inside
  bool slices = false;    // a constant with a slice inside
  bool folded = false;    // a constant that jinja2 takes as it comes out: inside of another, or printed
  int line = 0;
  int depth = 1;
  std::string text{};       // a name
  std::string attribute{};  // of kSpace
  Value value{};            // of kConst
  std::vector<ExprPtr> parts{};
  std::vector<Op> ops{};
  std::vector<std::pair<std::string, ExprPtr>> named{};
  ExprPtr star{};       // *args
  ExprPtr star_star{};  // **kwargs
  Slot slot{};
};

// What a frame does to its variables when it is entered.
struct Load {
  enum class Action : std::uint8_t { kParam, kResolve, kAlias, kUndefined };
  Action action = Action::kUndefined;
  std::uint32_t index = 0;  // in the function the frame belongs to
  Slot from{};              // of kAlias
  std::string name{};       // of kResolve
};
using Frame = std::vector<Load>;

struct Stmt;
using Body = std::vector<Stmt>;

// The callable part of a macro, a call block or a generation block.
struct Callable {
  std::string name{};  // "" for a block
  std::vector<ExprPtr> parameters{};
  std::vector<ExprPtr> defaults{};  // of the last parameters
  std::uint32_t slots = 0;
  Frame frame{};
  bool takes_caller = false;
  bool takes_kwargs = false;
  bool takes_varargs = false;
  std::uint32_t caller_index = 0;
  std::uint32_t kwargs_index = 0;
  std::uint32_t varargs_index = 0;
  bool explicit_caller = false;
};

struct Stmt {
  enum class Kind : std::uint8_t {
    kOutput,       // parts
    kIf,           // value, body, elifs, otherwise
    kFor,          // target in value if test, body, otherwise
    kAssign,       // target = value
    kAssignBlock,  // target, filter, body
    kMacro,        // callable, body, target: its own name
    kCallBlock,    // value: the call
    kGeneration,   // body
    kFilterBlock,  // filter, body
    kWith,         // targets and values, in pairs in parts
    kBreak,
    kContinue,
    kLoad  // include, import, extends: there is no loader
  };
  Kind kind = Kind::kOutput;
  int line = 0;
  std::vector<ExprPtr> parts{};
  ExprPtr target{};
  ExprPtr value{};
  ExprPtr test{};
  ExprPtr test_target{};  // the target once more, as the loop's filter sees it
  ExprPtr filter{};
  Body body{};
  Body otherwise{};
  Body elifs{};
  std::vector<std::string> names{};  // that kLoad would set
  std::unique_ptr<Callable> callable{};
  bool recursive = false;
  // Filled in by resolve().
  Frame frame{};
  Frame else_frame{};
  Frame test_frame{};
  std::uint32_t slots = 0;       // of the function of a recursive loop
  std::uint32_t test_slots = 0;  // of the function that filters the loop
  bool has_loop = false;         // the loop's variable `loop` is used
  std::uint32_t loop_index = 0;
};

struct Program {
  Body body{};
  Frame frame{};
  std::uint32_t slots = 0;
  bool uses_self = false;
  std::uint32_t self_index = 0;
};

}  // namespace slipway::jinja
