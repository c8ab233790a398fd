// jinja/methods.h - the methods of strings, lists, dicts and numbers that the sandbox lets through.
//
// Source     Python 3.11; jinja2 3.1.6, sandbox.py, for those that change their object
// Threads    immutable
#pragma once

#include <span>
#include <string_view>

#include "jinja/given.h"
#include "jinja/machine.h"

namespace slipway::jinja {

struct MethodRow {
  std::string_view name;
  std::string_view signature;
  Result<Value> (*run)(Machine& machine, const Value& self, const Given& given);
};

const MethodRow* find_method(const Value& self, std::string_view name);
Result<Value> call_method(Machine& machine, const Method& method, Arguments arguments);
Result<Value> bound_method(Machine& machine, const Value& self, const MethodRow& row);

std::span<const MethodRow> text_case_methods();
std::span<const MethodRow> text_search_methods();
std::span<const MethodRow> text_split_methods();
std::span<const MethodRow> text_shape_methods();
std::span<const MethodRow> text_format_methods();
std::span<const MethodRow> list_methods();
std::span<const MethodRow> dict_methods();
std::span<const MethodRow> number_methods(bool real);
std::span<const MethodRow> other_methods(Kind kind);

}  // namespace slipway::jinja
