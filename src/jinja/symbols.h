// jinja/symbols.h - which variable a name means, as jinja2's compiler decides it.
//
// Contract   Each frame (a body with variables of its own) has a table; a name read in it is that of the
//            nearest frame that knows it, else looked up among the template's variables when the frame is
//            entered. Two frames of one function on the same level share the variable of a name, as the
//            Python function that jinja2 makes of them does.
// Source     jinja2 3.1.6, idtracking.py
// Threads    belongs to one parse
#pragma once

#include <map>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "jinja/syntax.h"

namespace slipway::jinja {

// The variables of one function: the template, a macro, a recursive loop, a loop's filter.
struct Function {
  const Function* outer = nullptr;
  std::map<std::pair<int, std::string>, std::uint32_t> places{};
  std::uint32_t slots = 0;
};

struct Variable {
  Function* function = nullptr;
  std::uint32_t index = 0;
};

struct Symbols {
  struct Rule {
    Variable variable{};
    Load::Action action = Load::Action::kUndefined;
    Variable from{};     // of kAlias
    std::string name{};  // of kResolve
  };
  Symbols(Function& of, const Symbols* outer)
      : function(&of), parent(outer), level(outer ? outer->level + 1 : 0) {}

  const Variable* find_ref(const std::string& name) const;
  void store(const std::string& name);
  void load(const std::string& name);
  Variable declare_parameter(const std::string& name);
  void branch_update(std::span<const Symbols> branches);
  Frame frame() const;  // the loads, for the function the frame belongs to

  Function* function;
  const Symbols* parent;
  int level;
  std::map<std::string, Variable> refs{};
  std::vector<Rule> loads{};
  std::set<std::string> stores{};

 private:
  Variable define(const std::string& name, Load::Action action, Variable from = {});
  void set_rule(Rule rule);
};

Slot slot_of(const Function& from, const Variable& variable);

}  // namespace slipway::jinja
