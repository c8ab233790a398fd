#include <fmt/format.h>

#include "jinja/functions.h"
#include "jinja/given.h"
#include "jinja/machine.h"
#include "jinja/methods.h"

namespace slipway::jinja {

Result<Value> Machine::call(const Value& callee, Arguments arguments) {
  SLIPWAY_TRY(budget_.step());
  switch (callee.kind()) {
    case Kind::kUndefined:
      return used_undefined(callee);
    case Kind::kMacro:
      return call_macro(callee.object<Macro>(), std::move(arguments));
    case Kind::kMethod:
      return call_method(*this, callee.object<Method>(), std::move(arguments));
    case Kind::kFunction:
      return call_function(*this, *callee.object<BuiltIn>().row, std::move(arguments));
    case Kind::kLoop: {
      SLIPWAY_ASSIGN(const Given given, Given::bind("loop", "iterable", std::move(arguments)));
      return recurse(callee.object<Loop>(), *given[0]);
    }
    case Kind::kJoiner: {
      SLIPWAY_TRY(Given::bind("joiner", "", std::move(arguments)));
      Joiner& joiner = callee.object<Joiner>();
      if (std::exchange(joiner.used, true)) return joiner.separator;
      return text("");
    }
    default:
      return corrupt(fmt::format("'{}' object is not callable", type_name(callee)));
  }
}

Result<Value> Machine::call_named(const Value& self, std::string_view method) {
  const MethodRow* row = find_method(self, method);
  if (row == nullptr)
    return corrupt(fmt::format("'{}' object has no attribute '{}'", type_name(self), method));
  return row->run(*this, self, Given());
}

// A macro keeps the variables of its function, and may be one of them: the machine breaks that circle.
Result<Value> Machine::make_macro(const Callable& callable, const Body& body) {
  for (std::shared_ptr<Scope> scope = scope_; scope != nullptr && !scope->owned; scope = scope->outer) {
    scope->owned = true;
    SLIPWAY_TRY(budget_.room(scope->cells.size() * sizeof(Value)));
    scope->charge(budget_, scope->cells.size() * sizeof(Value));
    own(scope);
  }
  auto made = std::make_shared<Macro>();
  made->callable = &callable;
  made->body = &body;
  made->scope = scope_;
  return object(Kind::kMacro, std::move(made), sizeof(Macro));
}

Result<void> Machine::bind_parameters(const Macro& macro, Arguments given, Scope& scope) {
  const Callable& callable = *macro.callable;
  const std::size_t count = callable.parameters.size();
  std::vector<Value> values(count, Value(Kind::kMissing));
  const std::size_t positional = std::min(count, given.items.size());
  bool found_caller = positional == count && callable.explicit_caller;
  for (std::size_t i = 0; i < count; ++i) {
    if (i < positional) {
      values[i] = given.items[i];
      continue;
    }
    const std::string& name = callable.parameters[i]->text;
    if (auto value = given.take(name)) values[i] = std::move(*value);
    found_caller = found_caller || name == "caller";
  }
  enter(callable.frame);
  if (callable.takes_caller && !found_caller) {
    auto caller = given.take("caller");
    if (!caller || caller->is(Kind::kNone)) caller = missing_value("No caller defined");
    scope.cells[callable.caller_index] = std::move(*caller);
  }
  if (callable.takes_kwargs) {
    auto members = std::make_shared<Mapping>();
    for (auto& [name, value] : given.named) {
      SLIPWAY_ASSIGN(Value key, text(name));
      SLIPWAY_TRY(insert(budget_, *members, std::move(key), std::move(value)));
    }
    SLIPWAY_ASSIGN(scope.cells[callable.kwargs_index], dict(std::move(members)));
  } else if (!given.named.empty()) {
    return corrupt(
        fmt::format("macro '{}' takes no keyword argument '{}'", callable.name, given.named[0].first));
  }
  std::vector<Value> more(given.items.begin() + static_cast<std::ptrdiff_t>(positional), given.items.end());
  if (callable.takes_varargs) {
    SLIPWAY_ASSIGN(scope.cells[callable.varargs_index], tuple(std::move(more)));
  } else if (!more.empty()) {
    return corrupt(fmt::format("macro '{}' takes not more than {} argument(s)", callable.name, count));
  }
  return fill_parameters(callable, std::move(values));
}

// In their order: a default may read the parameters before it.
Result<void> Machine::fill_parameters(const Callable& callable, std::vector<Value> values) {
  const std::size_t count = callable.parameters.size();
  for (std::size_t i = 0; i < count; ++i) cell(callable.parameters[i]->slot) = values[i];
  for (std::size_t i = 0; i < count; ++i) {
    if (!values[i].is(Kind::kMissing)) continue;
    const Expr& parameter = *callable.parameters[i];
    const std::size_t without = count - callable.defaults.size();
    if (i < without) {
      cell(parameter.slot) = missing_value(fmt::format("parameter '{}' was not provided", parameter.text));
    } else {
      SLIPWAY_ASSIGN(cell(parameter.slot), evaluate(*callable.defaults[i - without]));
    }
  }
  return {};
}

}  // namespace slipway::jinja
