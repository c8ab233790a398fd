// jinja/attributes.h - foo.bar and foo['bar'] as jinja2's sandbox reads them.
//
// Contract   The dot looks for a method or attribute first, the brackets for an item; each falls back to the
//            other. What is nowhere, and what the sandbox forbids, is undefined; using it is the error.
// Source     jinja2 3.1.6, sandbox.py
// Threads    belongs to one rendering
#pragma once

#include <optional>
#include <string>

#include "jinja/machine.h"

namespace slipway::jinja {

Result<Value> get_attribute(Machine& machine, const Value& object, const std::string& name);
Result<Value> get_item(Machine& machine, const Value& object, const Value& key);
// Python's getattr, without items: nothing where there is no such attribute.
Result<std::optional<Value>> python_attribute(Machine& machine, const Value& object, const std::string& name);

}  // namespace slipway::jinja
