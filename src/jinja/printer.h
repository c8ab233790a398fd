// jinja/printer.h - Python's str() and repr() of a value.
//
// Errors     kUnsupported for what Python prints with an address: functions, methods, iterators
// Source     CPython 3.11: quotes, escapes and printable characters as unicode_repr has them
// Threads    belongs to one rendering
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "jinja/machine.h"

namespace slipway::jinja {

std::string string_repr(std::string_view text);   // repr of a string
std::string ascii_quoted(std::string_view text);  // as ascii() gives it
std::string real_text(double value);

class Printer {
 public:
  explicit Printer(Machine& machine) : machine_(machine) {}
  Result<void> str(const Value& value);
  Result<void> repr(const Value& value);
  std::string& text() { return out_; }

 private:
  Result<void> put(std::string_view text);
  Result<void> items(const std::vector<Value>& items, std::string_view open, std::string_view close);
  Result<void> dict(const Mapping& dict);
  Result<void> view(const View& view);
  Result<void> other(const Value& value);

  Machine& machine_;
  std::string out_;
  std::vector<const Object*> active_;
};

}  // namespace slipway::jinja
