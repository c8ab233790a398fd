// jinja/loop_state.h - the variable `loop`: how far it is, what comes next.
//
// Source     jinja2 3.1.6, runtime.py, LoopContext
// Threads    belongs to one rendering
#pragma once

#include "jinja/machine.h"

namespace slipway::jinja {

Result<bool> advance(Machine& machine, Loop& loop);       // to the next item; false at the end
Result<const Value*> peek(Machine& machine, Loop& loop);  // null at the end
Result<std::int64_t> loop_length(Machine& machine, Loop& loop);
// Its attributes that are no methods; nothing when it has none of that name.
Result<std::optional<Value>> loop_attribute(Machine& machine, Loop& loop, std::string_view name);
Result<Value> loop_cycle(Machine& machine, Loop& loop, const std::vector<Value>& items);
Result<Value> loop_changed(Machine& machine, const Value& loop, const std::vector<Value>& items);

}  // namespace slipway::jinja
