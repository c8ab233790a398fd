#include <fmt/format.h>

#include "jinja/iterate.h"
#include "jinja/machine.h"

namespace slipway::jinja {

Result<void> Machine::write(std::string_view text) {
  SLIPWAY_TRY(budget_.step(text.size() / 64));
  if (text.size() > budget_.limits().output_bytes - out_.size()) {
    return fail(ErrorCode::kUnsupported,
                fmt::format("the chat template writes more than {} bytes", budget_.limits().output_bytes));
  }
  if (nested_) {
    SLIPWAY_TRY(budget_.fits(text.size()));
    budget_.take(text.size());
  }
  out_ += text;
  return {};
}

// What `inner` writes.
template <class Inner>
Result<std::string> Machine::captured(Inner inner) {
  std::string outer = std::exchange(out_, {});
  const bool was_nested = std::exchange(nested_, true);
  auto done = inner();
  budget_.release(out_.size());
  nested_ = was_nested;
  std::string text = std::exchange(out_, std::move(outer));
  if (!done) return std::unexpected(std::move(done).error());
  return text;
}

void Machine::enter(const Frame& frame) {
  for (const Load& load : frame) {
    Value& place = scope_->cells[load.index];
    switch (load.action) {
      case Load::Action::kParam:
        break;
      case Load::Action::kResolve: {
        const Value* found = global(load.name);
        place = found != nullptr ? *found : Value(Kind::kMissing);
        break;
      }
      case Load::Action::kAlias:
        place = cell(load.from);
        break;
      case Load::Action::kUndefined:
        place = Value(Kind::kMissing);
        break;
    }
  }
}

void Machine::leave(const Frame& frame) {
  for (const Load& load : frame) scope_->cells[load.index] = Value(Kind::kMissing);
}

Value& Machine::cell(Slot slot) {
  Scope* scope = scope_.get();
  for (; slot.up > 0; --slot.up) scope = scope->outer.get();
  return scope->cells[slot.index];
}

Machine::Ran Machine::body(const Body& body) {
  if (nesting_ >= kNestingMax) return budget_.too_deep();
  ++nesting_;
  auto flow = statements(body);
  --nesting_;
  return flow;
}

Machine::Ran Machine::statements(const Body& body) {
  for (const Stmt& stmt : body) {
    SLIPWAY_TRY(budget_.step());
    SLIPWAY_ASSIGN(const Flow flow, statement(stmt));
    if (flow != Flow::kOn) return flow;
  }
  return Flow::kOn;
}

Machine::Ran Machine::statement(const Stmt& stmt) {
  switch (stmt.kind) {
    case Stmt::Kind::kOutput:
      SLIPWAY_TRY(output(stmt));
      return Flow::kOn;
    case Stmt::Kind::kIf:
      return branches(stmt);
    case Stmt::Kind::kFor:
      return loop(stmt);
    case Stmt::Kind::kAssign:
      SLIPWAY_TRY(assign(stmt));
      return Flow::kOn;
    case Stmt::Kind::kAssignBlock:
      return assign_block(stmt);
    case Stmt::Kind::kMacro: {
      SLIPWAY_ASSIGN(cell(stmt.target->slot), make_macro(*stmt.callable, stmt.body));
      return Flow::kOn;
    }
    case Stmt::Kind::kCallBlock:
      SLIPWAY_TRY(call_block(stmt));
      return Flow::kOn;
    case Stmt::Kind::kGeneration:
      SLIPWAY_TRY(generation(stmt));
      return Flow::kOn;
    case Stmt::Kind::kFilterBlock:
      return filter_block(stmt);
    case Stmt::Kind::kWith:
      return with_block(stmt);
    case Stmt::Kind::kBreak:
      return Flow::kBreak;
    case Stmt::Kind::kContinue:
      return Flow::kContinue;
    case Stmt::Kind::kLoad:
      SLIPWAY_TRY(evaluate(*stmt.value));
      return corrupt(fmt::format("line {}: it loads another template, and there is none", stmt.line));
  }
  return Flow::kOn;
}

Result<void> Machine::output(const Stmt& stmt) {
  for (const ExprPtr& part : stmt.parts) {
    if (part->kind == Expr::Kind::kConst && part->value.is(Kind::kString)) {
      SLIPWAY_TRY(write(part->value.as_string()));
      continue;
    }
    SLIPWAY_ASSIGN(const Value value, evaluate(*part));
    if (value.is(Kind::kString)) {
      SLIPWAY_TRY(write(value.as_string()));
    } else {
      SLIPWAY_ASSIGN(const std::string text, str(value));
      SLIPWAY_TRY(write(text));
    }
  }
  return {};
}

Machine::Ran Machine::branches(const Stmt& stmt) {
  SLIPWAY_ASSIGN(const Value test, evaluate(*stmt.value));
  if (truth(test)) return body(stmt.body);
  for (const Stmt& elif : stmt.elifs) {
    SLIPWAY_ASSIGN(const Value other, evaluate(*elif.value));
    if (truth(other)) return body(elif.body);
  }
  return body(stmt.otherwise);
}

Result<void> Machine::set_attribute(const Expr& target, Value value) {
  const Value& space = cell(target.slot);
  if (!space.is(Kind::kNamespace)) return corrupt("cannot assign attribute on non-namespace object");
  if (target.attribute.starts_with('_')) {
    return corrupt(
        fmt::format("the attribute '{}' of a namespace has a leading underscore", target.attribute));
  }
  Mapping& attributes = *space.object<Namespace>().attributes;
  if (find_text(attributes, target.attribute) == nullptr) {
    SLIPWAY_TRY(budget_.room(128));
    budget_.take(128);
    space.shared()->charged += 128;
  }
  SLIPWAY_ASSIGN(Value name, text(target.attribute));
  return insert(budget_, attributes, std::move(name), std::move(value));
}

Result<void> Machine::unpack(const Expr& target, const Value& value, bool checked) {
  if (!is_iterable(value))
    return corrupt(fmt::format("cannot unpack non-iterable {} object", type_name(value)));
  SLIPWAY_ASSIGN(const auto source, iterate(*this, value));
  std::vector<Value> items;
  Value item;
  while (items.size() <= target.parts.size()) {
    SLIPWAY_ASSIGN(const bool more, source->next(*this, item));
    if (!more) break;
    items.push_back(std::move(item));
  }
  if (items.size() != target.parts.size()) {
    return corrupt(fmt::format("{} values to unpack (expected {})",
                               items.size() > target.parts.size() ? "too many" : "not enough",
                               target.parts.size()));
  }
  for (std::size_t i = 0; i < items.size(); ++i)
    SLIPWAY_TRY(set_target(*target.parts[i], std::move(items[i]), checked));
  return {};
}

Result<void> Machine::set_target(const Expr& target, Value value, bool checked) {
  if (target.kind == Expr::Kind::kTuple) return unpack(target, value, checked);
  if (target.kind == Expr::Kind::kSpace) return set_attribute(target, std::move(value));
  cell(target.slot) = std::move(value);
  return {};
}

Result<void> Machine::assign(const Stmt& stmt) {
  // Python looks at every namespace of the targets before it evaluates the value.
  const auto check = [&](const auto& self, const Expr& target) -> bool {
    if (target.kind == Expr::Kind::kSpace) return cell(target.slot).is(Kind::kNamespace);
    for (const ExprPtr& part : target.parts) {
      if (!self(self, *part)) return false;
    }
    return true;
  };
  if (!check(check, *stmt.target)) return corrupt("cannot assign attribute on non-namespace object");
  SLIPWAY_ASSIGN(Value value, evaluate(*stmt.value));
  return set_target(*stmt.target, std::move(value), true);
}

Result<Value> Machine::captured_value(std::string captured_text, const Expr* filter) {
  SLIPWAY_ASSIGN(const Value value, text(std::move(captured_text)));
  if (filter == nullptr) return value;
  return filtered(*filter, &value);
}

Machine::Ran Machine::assign_block(const Stmt& stmt) {
  enter(stmt.frame);
  Flow flow = Flow::kOn;
  SLIPWAY_ASSIGN(std::string written, captured([&]() -> Result<void> {
                   SLIPWAY_ASSIGN(flow, body(stmt.body));
                   return {};
                 }));
  if (flow != Flow::kOn) return flow;
  SLIPWAY_ASSIGN(Value value, captured_value(std::move(written), stmt.filter.get()));
  SLIPWAY_TRY(set_target(*stmt.target, std::move(value), false));
  leave(stmt.frame);
  return Flow::kOn;
}

Machine::Ran Machine::filter_block(const Stmt& stmt) {
  enter(stmt.frame);
  Flow flow = Flow::kOn;
  SLIPWAY_ASSIGN(std::string written, captured([&]() -> Result<void> {
                   SLIPWAY_ASSIGN(flow, body(stmt.body));
                   return {};
                 }));
  if (flow != Flow::kOn) return flow;
  SLIPWAY_ASSIGN(const Value value, captured_value(std::move(written), stmt.filter.get()));
  // Written as it is: what is no text fails where the texts are joined.
  if (!value.is(Kind::kString)) return corrupt("a filter block gives no text");
  SLIPWAY_TRY(write(value.as_string()));
  leave(stmt.frame);
  return Flow::kOn;
}

Machine::Ran Machine::with_block(const Stmt& stmt) {
  enter(stmt.frame);
  for (std::size_t i = 0; i < stmt.parts.size(); i += 2) {
    SLIPWAY_ASSIGN(Value value, evaluate(*stmt.parts[i + 1]));
    SLIPWAY_TRY(set_target(*stmt.parts[i], std::move(value), false));
  }
  SLIPWAY_ASSIGN(const Flow flow, body(stmt.body));
  if (flow != Flow::kOn) return flow;
  leave(stmt.frame);
  return Flow::kOn;
}

Result<void> Machine::call_block(const Stmt& stmt) {
  SLIPWAY_ASSIGN(const Value caller, make_macro(*stmt.callable, stmt.body));
  SLIPWAY_ASSIGN(const Value value, called(*stmt.value, &caller));
  if (!value.is(Kind::kString)) return corrupt("a call block gives no text");
  return write(value.as_string());
}

Result<void> Machine::generation(const Stmt& stmt) {
  SLIPWAY_ASSIGN(const Value macro, make_macro(*stmt.callable, stmt.body));
  SLIPWAY_ASSIGN(const Value value, call_macro(macro.object<Macro>(), {}));
  return write(value.as_string());
}

// Runs `inner` with the variables of `scope`; they go when nothing made inside still sees them.
template <class Inner>
auto Machine::in_scope(std::shared_ptr<Scope> scope, Inner inner) {
  std::shared_ptr<Scope> outer = std::exchange(scope_, std::move(scope));
  auto done = inner();
  scope_ = std::move(outer);
  return done;
}

Result<bool> Machine::passes(const Stmt& stmt, const Value& item) {
  auto scope = std::make_shared<Scope>();
  scope->outer = scope_;
  scope->cells.assign(stmt.test_slots, Value(Kind::kMissing));
  return in_scope(std::move(scope), [&]() -> Result<bool> {
    enter(stmt.test_frame);
    SLIPWAY_TRY(set_target(*stmt.test_target, item, false));
    SLIPWAY_ASSIGN(const Value value, evaluate(*stmt.test));
    return truth(value);
  });
}

Result<Value> Machine::render_loop(const Stmt& stmt, const Value& iterable, int depth0,
                                   const std::shared_ptr<Scope>& outer) {
  SLIPWAY_TRY(budget_.enter());
  const Level level(budget_);
  auto scope = std::make_shared<Scope>();
  scope->outer = outer;
  scope->cells.assign(stmt.slots, Value(Kind::kMissing));
  return in_scope(std::move(scope), [&]() -> Result<Value> {
    SLIPWAY_ASSIGN(std::string written, captured([&]() -> Result<void> {
                     SLIPWAY_TRY(run_loop(stmt, iterable, depth0));
                     return {};
                   }));
    return text(std::move(written));
  });
}

Result<Value> Machine::call_macro(const Macro& macro, Arguments arguments) {
  SLIPWAY_TRY(budget_.enter());
  const Level level(budget_);
  auto scope = std::make_shared<Scope>();
  scope->outer = macro.scope;
  scope->cells.assign(macro.callable->slots, Value(Kind::kMissing));
  SLIPWAY_TRY(budget_.room(scope->cells.size() * sizeof(Value)));
  return in_scope(scope, [&]() -> Result<Value> {
    SLIPWAY_ASSIGN(std::string written, captured([&]() -> Result<void> {
                     SLIPWAY_TRY(bind_parameters(macro, std::move(arguments), *scope));
                     SLIPWAY_TRY(body(*macro.body));
                     return {};
                   }));
    return text(std::move(written));
  });
}

}  // namespace slipway::jinja
