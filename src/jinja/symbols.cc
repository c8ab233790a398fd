#include "jinja/symbols.h"

#include <algorithm>

namespace slipway::jinja {

Slot slot_of(const Function& from, const Variable& variable) {
  Slot slot{.up = 0, .index = variable.index};
  for (const Function* at = &from; at != nullptr && at != variable.function; at = at->outer) ++slot.up;
  return slot;
}

const Variable* Symbols::find_ref(const std::string& name) const {
  for (const Symbols* at = this; at != nullptr; at = at->parent) {
    if (const auto found = at->refs.find(name); found != at->refs.end()) return &found->second;
  }
  return nullptr;
}

void Symbols::set_rule(Rule rule) {
  const auto same = [&](const Rule& other) {
    return other.variable.function == rule.variable.function && other.variable.index == rule.variable.index;
  };
  const auto old = std::ranges::find_if(loads, same);
  if (old == loads.end()) {
    loads.push_back(std::move(rule));
  } else {
    *old = std::move(rule);
  }
}

Variable Symbols::define(const std::string& name, Load::Action action, Variable from) {
  const auto [place, fresh] = function->places.try_emplace({level, name}, function->slots);
  if (fresh) ++function->slots;
  const Variable variable{function, place->second};
  refs[name] = variable;
  set_rule({.variable = variable, .action = action, .from = from, .name = name});
  return variable;
}

void Symbols::store(const std::string& name) {
  stores.insert(name);
  if (refs.contains(name)) return;
  if (parent != nullptr) {
    if (const Variable* outer = parent->find_ref(name); outer != nullptr) {
      define(name, Load::Action::kAlias, *outer);
      return;
    }
  }
  define(name, Load::Action::kUndefined);
}

void Symbols::load(const std::string& name) {
  if (find_ref(name) == nullptr) define(name, Load::Action::kResolve);
}

Variable Symbols::declare_parameter(const std::string& name) {
  stores.insert(name);
  return define(name, Load::Action::kParam);
}

void Symbols::branch_update(std::span<const Symbols> branches) {
  std::set<std::string> fresh;
  for (const Symbols& branch : branches) fresh.insert(branch.stores.begin(), branch.stores.end());
  for (const std::string& name : stores) fresh.erase(name);
  for (const Symbols& branch : branches) {
    for (const auto& [name, variable] : branch.refs) refs[name] = variable;
    for (const Rule& rule : branch.loads) set_rule(rule);
    stores.insert(branch.stores.begin(), branch.stores.end());
  }
  for (const std::string& name : fresh) {
    const Variable target = *find_ref(name);
    const Variable* outer = parent == nullptr ? nullptr : parent->find_ref(name);
    if (outer != nullptr) {
      set_rule({.variable = target, .action = Load::Action::kAlias, .from = *outer, .name = name});
    } else {
      set_rule({.variable = target, .action = Load::Action::kResolve, .from = {}, .name = name});
    }
  }
}

Frame Symbols::frame() const {
  Frame made;
  for (const Rule& rule : loads) {
    Load load{.action = rule.action, .index = rule.variable.index, .name = rule.name};
    if (rule.action == Load::Action::kAlias) load.from = slot_of(*function, rule.from);
    made.push_back(std::move(load));
  }
  return made;
}

}  // namespace slipway::jinja
