// jinja/to_json.h - json.dumps as transformers' tojson calls it.
//
// Errors     kCorruptData for a value that is no JSON
// Source     CPython 3.11, json/encoder.py
// Threads    belongs to one rendering
#pragma once

#include <optional>
#include <string>

#include "jinja/machine.h"

namespace slipway::jinja {

struct JsonStyle {
  bool ascii = false;
  bool sort_keys = false;
  std::optional<std::string> indent{};  // of one level; absent: one line
  std::string comma = ", ";
  std::string colon = ": ";
};
Result<std::string> to_json(Machine& machine, const Value& value, const JsonStyle& style);

}  // namespace slipway::jinja
