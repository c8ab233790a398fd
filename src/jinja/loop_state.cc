#include "jinja/loop_state.h"

#include "jinja/iterate.h"

namespace slipway::jinja {

Result<bool> advance(Machine& machine, Loop& loop) {
  Value item;
  if (loop.after) {
    item = std::move(*loop.after);
    loop.after.reset();
  } else {
    if (loop.ended) return false;
    SLIPWAY_ASSIGN(const bool more, loop.source->next(machine, item));
    if (!more) {
      loop.ended = true;
      return false;
    }
  }
  ++loop.index0;
  loop.before = std::move(loop.current);
  loop.current = std::move(item);
  return true;
}

Result<const Value*> peek(Machine& machine, Loop& loop) {
  if (loop.after) return &*loop.after;
  if (loop.ended) return nullptr;
  Value item;
  SLIPWAY_ASSIGN(const bool more, loop.source->next(machine, item));
  if (!more) {
    loop.ended = true;
    return nullptr;
  }
  loop.after = std::move(item);
  return &*loop.after;
}

Result<std::int64_t> loop_length(Machine& machine, Loop& loop) {
  if (loop.length) return *loop.length;
  if (const auto known = length_of(loop.iterable)) {
    loop.length = *known;
    return *known;
  }
  // What is left is read now, and looped over later.
  std::vector<Value> rest;
  for (Value item; !loop.ended;) {
    SLIPWAY_ASSIGN(const bool more, loop.source->next(machine, item));
    if (!more) break;
    rest.push_back(std::move(item));
    SLIPWAY_TRY(machine.budget().fits(rest.size() * sizeof(Value)));
  }
  loop.length = static_cast<std::int64_t>(rest.size()) + loop.index0 + 1 + (loop.after ? 1 : 0);
  loop.ended = false;
  SLIPWAY_ASSIGN(const Value list, machine.list(std::move(rest)));
  SLIPWAY_ASSIGN(loop.source, iterate(machine, list));
  return *loop.length;
}

Result<std::optional<Value>> loop_attribute(Machine& machine, Loop& loop, std::string_view name) {
  const auto whole = [](std::int64_t value) { return std::optional(Value::integer(value)); };
  if (name == "index0") return whole(loop.index0);
  if (name == "index") return whole(loop.index0 + 1);
  if (name == "depth0") return whole(loop.depth0);
  if (name == "depth") return whole(loop.depth0 + 1);
  if (name == "first") return Value::boolean(loop.index0 == 0);
  if (name == "length" || name == "revindex" || name == "revindex0") {
    SLIPWAY_ASSIGN(const std::int64_t length, loop_length(machine, loop));
    if (name == "length") return whole(length);
    return whole(length - loop.index0 - (name == "revindex0" ? 1 : 0));
  }
  if (name == "last" || name == "nextitem") {
    SLIPWAY_ASSIGN(const Value* next, peek(machine, loop));
    if (name == "last") return Value::boolean(next == nullptr);
    return next != nullptr ? *next : missing_value("there is no next item");
  }
  if (name == "previtem") return loop.index0 == 0 ? missing_value("there is no previous item") : loop.before;
  return std::nullopt;
}

Result<Value> loop_cycle(Machine&, Loop& loop, const std::vector<Value>& items) {
  if (items.empty()) return corrupt("no items for cycling given");
  return items[static_cast<std::size_t>(loop.index0) % items.size()];
}

Result<Value> loop_changed(Machine& machine, const Value& value, const std::vector<Value>& items) {
  Loop& loop = value.object<Loop>();
  if (!loop.owned) {
    loop.owned = true;
    machine.own(value.shared());
  }
  if (loop.last_changed && loop.last_changed->size() == items.size()) {
    bool same = true;
    for (std::size_t i = 0; i < items.size() && same; ++i) {
      SLIPWAY_ASSIGN(same, equal(machine.budget(), (*loop.last_changed)[i], items[i]));
    }
    if (same) return Value::boolean(false);
  }
  loop.last_changed = items;
  return Value::boolean(true);
}

}  // namespace slipway::jinja
