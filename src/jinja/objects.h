// jinja/objects.h - what only a rendering makes: scopes, macros, loops, iterators, functions.
//
// Threads    belong to one rendering
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "jinja/object.h"
#include "jinja/syntax.h"
#include "slipway/result.h"

namespace slipway::jinja {

class Machine;
struct MethodRow;
struct FunctionRow;

// The variables of a function that runs, or that a macro made in it still sees.
struct Scope : Object {
  std::shared_ptr<Scope> outer;
  std::vector<Value> cells;
  bool owned = false;  // by the machine
  void empty() override {
    cells.clear();
    outer.reset();
  }
};

struct Macro : Object {
  const Callable* callable = nullptr;
  const Body* body = nullptr;
  std::shared_ptr<Scope> scope;
  void empty() override { scope.reset(); }
};

// A dict whose members can be set as attributes.
struct Namespace : Object {
  std::shared_ptr<Mapping> attributes = std::make_shared<Mapping>();
  void empty() override { attributes->members.clear(); }
};

struct Iterator : Object {
  // False when there is no more; then it is not asked again.
  virtual Result<bool> next(Machine& machine, Value& out) = 0;
  virtual std::string_view type_name() const { return "generator"; }
};

// `loop` inside a for.
struct Loop : Object {
  Value iterable;
  std::shared_ptr<Iterator> source;
  std::int64_t index0 = -1;
  std::optional<std::int64_t> length;
  Value current;
  Value before;
  std::optional<Value> after;  // looked at already
  bool ended = false;
  std::optional<std::vector<Value>> last_changed;
  int depth0 = 0;
  const Stmt* recursive = nullptr;
  std::shared_ptr<Scope> outer;  // where a recursive loop's function was made
  bool owned = false;
  void empty() override {
    last_changed.reset();
    current = before = iterable = Value();
    after.reset();
    source.reset();
    outer.reset();
  }
};

struct BuiltIn : Object {
  const FunctionRow* row = nullptr;
};

struct Method : Object {
  Value self;
  const MethodRow* row = nullptr;
};

struct Cycler : Object {
  std::vector<Value> items;
  std::size_t at = 0;
};

struct Joiner : Object {
  Value separator;
  bool used = false;
};

}  // namespace slipway::jinja
