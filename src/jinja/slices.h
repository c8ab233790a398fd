// jinja/slices.h - foo[1], foo[-1], foo[2:], foo[::-1].
//
// Threads    belongs to one rendering
#pragma once

#include <optional>

#include "jinja/machine.h"

namespace slipway::jinja {

struct Slice {
  Value start, stop, step;  // none where left out
};
Result<Value> sliced(Machine& machine, const Value& object, const Slice& slice);

// The item at a place, counted from the end when negative; nothing past the ends.
Result<std::optional<Value>> item_at(Machine& machine, const Value& sequence, std::int64_t place);

}  // namespace slipway::jinja
