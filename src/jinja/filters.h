// jinja/filters.h - jinja2's filters, with transformers' tojson.
//
// Contract   `random` is refused unless it has no choice; `urlize` is refused.
// Source     jinja2 3.1.6, filters.py
// Threads    immutable
#pragma once

#include <functional>
#include <span>
#include <string_view>

#include "jinja/given.h"
#include "jinja/machine.h"

namespace slipway::jinja {

struct FilterRow {
  std::string_view name;
  std::string_view signature;  // without the subject
  Result<Value> (*run)(Machine& machine, const Value& subject, Given& given);
};

bool is_filter(std::string_view name);
std::span<const FilterRow> text_filters();
std::span<const FilterRow> markup_filters();
std::span<const FilterRow> list_filters();
std::span<const FilterRow> lazy_filters();
std::span<const FilterRow> order_filters();
std::span<const FilterRow> value_filters();

// soft_str: a string as it is, anything else as str() has it.
Result<Value> soft_text(Machine& machine, const Value& value);

// foo.0.bar as map, sort and their like take it.
using Getter = std::function<Result<Value>(const Value&)>;
Result<Getter> attribute_getter(Machine& machine, const Value* attribute, const Value* otherwise = nullptr);
Result<Value> without_case(Machine& machine, const Value& value);

}  // namespace slipway::jinja
