// jinja/iterate.h - what Python's iter(), len() and list() do.
//
// Errors     kCorruptData for what cannot be iterated or has no length
// Threads    belongs to one rendering
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "jinja/machine.h"

namespace slipway::jinja {

bool is_iterable(const Value& value);
Result<std::shared_ptr<Iterator>> iterate(Machine& machine, const Value& value);
Result<std::vector<Value>> collect(Machine& machine, const Value& value);
std::optional<std::int64_t> length_of(const Value& value);  // without one: nothing
Result<std::int64_t> length(Machine& machine, const Value& value);
// Of a sequence, from its end: nothing when it cannot be reversed.
Result<std::optional<std::vector<Value>>> reversed(Machine& machine, const Value& value);

// An iterator that asks `step` for its next item.
using Step = std::function<Result<bool>(Machine&, Value&)>;
Result<Value> lazily(Machine& machine, int depth, Step step, std::string_view name = "generator");

Result<Value> view_item(Machine& machine, const View& view, std::size_t index);

}  // namespace slipway::jinja
