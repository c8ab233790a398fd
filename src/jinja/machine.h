// jinja/machine.h - one rendering: it walks the tree and makes the values.
//
// Contract   Makes every text and list, so that each is charged. Owns what can change, and empties it when it
//            dies: no cycle outlives a rendering. Its values do not outlive it.
// Errors     as template.h says
// Threads    belongs to one rendering
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "jinja/budget.h"
#include "jinja/objects.h"
#include "jinja/syntax.h"
#include "jinja/template.h"
#include "jinja/types.h"

namespace slipway::jinja {

struct Arguments {
  std::vector<Value> items{};
  std::vector<std::pair<std::string, Value>> named{};

  const Value* find(std::string_view name) const;
  std::optional<Value> take(std::string_view name);
};

class Machine {
 public:
  Machine(const Program& program, const Variables& variables, const Surroundings& surroundings);
  Machine(const Machine&) = delete;
  Machine& operator=(const Machine&) = delete;
  ~Machine();

  Result<std::string> run();

  Budget& budget() { return budget_; }
  const std::optional<LocalTime>& now() const { return surroundings_.now; }

  // Values made here are charged.
  Result<Value> text(std::string bytes, bool markup = false);
  Result<Value> list(std::vector<Value> items) { return sequence(Kind::kList, std::move(items)); }
  Result<Value> tuple(std::vector<Value> items) { return sequence(Kind::kTuple, std::move(items)); }
  Result<Value> sequence(Kind kind, std::vector<Value> items, bool group = false);
  Result<Value> dict(std::shared_ptr<Mapping> members);
  Result<Value> object(Kind kind, std::shared_ptr<Object> made, std::size_t bytes);
  void own(std::shared_ptr<Object> changing) { owned_.push_back(std::move(changing)); }

  Result<Value> call(const Value& callee, Arguments arguments);
  Result<Value> call_named(const Value& self, std::string_view method);  // one that takes nothing
  Result<Value> call_macro(const Macro& macro, Arguments arguments);
  Result<Value> recurse(const Loop& loop, const Value& iterable);
  Result<Value> filter(const std::string& name, const Value& subject, Arguments arguments);
  Result<bool> test(const std::string& name, const Value& subject, Arguments arguments);

  Result<std::string> str(const Value& value);
  Result<std::string> repr(const Value& value);

 private:
  enum class Flow : std::uint8_t { kOn, kBreak, kContinue };
  using Ran = Result<Flow>;

  // statements.cc
  Ran body(const Body& body);
  Ran statements(const Body& body);
  Ran statement(const Stmt& stmt);
  Result<void> output(const Stmt& stmt);
  Ran branches(const Stmt& stmt);
  Result<void> assign(const Stmt& stmt);
  Ran assign_block(const Stmt& stmt);
  Ran filter_block(const Stmt& stmt);
  Ran with_block(const Stmt& stmt);
  Result<void> call_block(const Stmt& stmt);
  Result<void> generation(const Stmt& stmt);
  Result<Value> captured_value(std::string text, const Expr* filter);
  Result<void> set_target(const Expr& target, Value value, bool checked);
  Result<void> unpack(const Expr& target, const Value& value, bool checked);
  Result<void> set_attribute(const Expr& target, Value value);
  void enter(const Frame& frame);
  void leave(const Frame& frame);
  Result<void> write(std::string_view text);
  template <class Inner>
  Result<std::string> captured(Inner inner);

  // loops.cc
  friend class LoopRun;
  Ran loop(const Stmt& stmt);
  Ran run_loop(const Stmt& stmt, const Value& iterable, int depth0);
  Result<Value> render_loop(const Stmt& stmt, const Value& iterable, int depth0,
                            const std::shared_ptr<Scope>& outer);
  Result<bool> passes(const Stmt& stmt, const Value& item);

  // evaluate.cc
  Result<Value> evaluate(const Expr& expr);
  Result<Value> evaluated(const Expr& expr);
  Result<Value> name(const Expr& expr);
  Result<Value> make_dict(const Expr& expr);
  Result<std::vector<Value>> parts(const Expr& expr, std::size_t from = 0);
  Result<Value> subscript(const Expr& expr);
  Result<Value> binary(const Expr& expr);
  Result<Value> compare(const Expr& expr);
  Result<Value> concat(const Expr& expr);
  Result<Value> condition(const Expr& expr);
  Result<Value> filtered(const Expr& expr, const Value* subject);
  Result<Value> called(const Expr& expr, const Value* caller);
  Result<Arguments> arguments(const Expr& expr);
  Result<Value> make_macro(const Callable& callable, const Body& body);
  Result<void> bind_parameters(const Macro& macro, Arguments arguments, Scope& scope);
  Result<void> fill_parameters(const Callable& callable, std::vector<Value> values);

  Value& cell(Slot slot);
  const Value* global(const std::string& name) const;
  template <class Inner>
  auto in_scope(std::shared_ptr<Scope> scope, Inner inner);

  const Program& program_;
  const Variables& variables_;
  const Surroundings& surroundings_;
  Budget budget_;
  std::vector<std::shared_ptr<Object>> owned_;
  std::vector<std::pair<std::string, Value>> globals_;
  std::shared_ptr<Scope> scope_;
  std::string out_;
  std::uint64_t slices_undefined_ = 0;  // folded ones of what has no items
  int nesting_ = 0;                     // of expressions and bodies: what bounds the stack
  bool nested_ = false;                 // out_ is a buffer of a block, not the result
};

}  // namespace slipway::jinja
