#include "jinja/iterate.h"
#include "jinja/loop_state.h"
#include "jinja/machine.h"

namespace slipway::jinja {

Machine::Ran Machine::loop(const Stmt& stmt) {
  SLIPWAY_ASSIGN(const Value iterable, evaluate(*stmt.value));
  if (!stmt.recursive) return run_loop(stmt, iterable, 0);
  SLIPWAY_ASSIGN(const Value written, render_loop(stmt, iterable, 0, scope_));
  SLIPWAY_TRY(write(written.as_string()));
  return Flow::kOn;
}

Result<Value> Machine::recurse(const Loop& loop, const Value& iterable) {
  if (loop.recursive == nullptr) return corrupt("the loop must be marked recursive to be called");
  return render_loop(*loop.recursive, iterable, loop.depth0 + 1, loop.outer);
}

// One for, in the scope of its function.
class LoopRun {
 public:
  LoopRun(Machine& machine, const Stmt& stmt) : machine_(machine), stmt_(stmt) {}

  Machine::Ran run(const Value& iterable, int depth0) {
    SLIPWAY_ASSIGN(source_, source(iterable));
    if (stmt_.has_loop) SLIPWAY_TRY(make_loop(iterable, depth0));
    bool none_ended = true;
    while (true) {
      SLIPWAY_ASSIGN(const bool more, next());
      if (!more) break;
      SLIPWAY_TRY(machine_.budget().step());
      machine_.enter(stmt_.frame);
      SLIPWAY_ASSIGN(const Machine::Flow flow, machine_.body(stmt_.body));
      if (flow == Machine::Flow::kBreak) break;
      if (flow == Machine::Flow::kOn) none_ended = false;
    }
    machine_.leave(stmt_.frame);
    // Python counts a loop as empty when no iteration ran to its end.
    if (!none_ended || stmt_.otherwise.empty()) return Machine::Flow::kOn;
    machine_.enter(stmt_.else_frame);
    SLIPWAY_ASSIGN(const Machine::Flow flow, machine_.body(stmt_.otherwise));
    if (flow != Machine::Flow::kOn) return flow;
    machine_.leave(stmt_.else_frame);
    return Machine::Flow::kOn;
  }

 private:
  Result<std::shared_ptr<Iterator>> source(const Value& iterable) {
    SLIPWAY_ASSIGN(auto all, iterate(machine_, iterable));
    if (stmt_.test == nullptr) return all;
    const Stmt& stmt = stmt_;
    SLIPWAY_ASSIGN(
        const Value filtered,
        lazily(machine_, depth_of(iterable), [all, &stmt](Machine& machine, Value& out) -> Result<bool> {
          while (true) {
            SLIPWAY_ASSIGN(const bool more, all->next(machine, out));
            if (!more) return false;
            SLIPWAY_ASSIGN(const bool passes, machine.passes(stmt, out));
            if (passes) return true;
          }
        }));
    return std::static_pointer_cast<Iterator>(filtered.shared());
  }

  Result<void> make_loop(const Value& iterable, int depth0) {
    auto made = std::make_shared<Loop>();
    // The items that a filter leaves have no length until they are counted.
    made->iterable = stmt_.test == nullptr ? iterable : Value(Kind::kIterator);
    made->source = source_;
    made->depth0 = depth0;
    if (stmt_.recursive) {
      made->recursive = &stmt_;
      made->outer = machine_.scope_->outer;
    }
    SLIPWAY_ASSIGN(loop_, machine_.object(Kind::kLoop, made, sizeof(Loop)));
    return {};
  }

  Result<bool> next() {
    if (!stmt_.has_loop) {
      Value item;
      SLIPWAY_ASSIGN(const bool more, source_->next(machine_, item));
      if (more) SLIPWAY_TRY(machine_.set_target(*stmt_.target, std::move(item), false));
      return more;
    }
    Loop& loop = loop_.object<Loop>();
    SLIPWAY_ASSIGN(const bool more, advance(machine_, loop));
    if (!more) return false;
    SLIPWAY_TRY(machine_.set_target(*stmt_.target, loop.current, false));
    machine_.scope_->cells[stmt_.loop_index] = loop_;
    return true;
  }

  Machine& machine_;
  const Stmt& stmt_;
  std::shared_ptr<Iterator> source_;
  Value loop_;
};

Machine::Ran Machine::run_loop(const Stmt& stmt, const Value& iterable, int depth0) {
  return LoopRun(*this, stmt).run(iterable, depth0);
}

}  // namespace slipway::jinja
