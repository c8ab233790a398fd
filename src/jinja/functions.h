// jinja/functions.h - the functions a template has without being given them.
//
// Contract   range, dict, cycler, joiner, namespace, raise_exception, strftime_now; lipsum is refused when
//            called.
// Threads    immutable
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "jinja/given.h"
#include "jinja/machine.h"

namespace slipway::jinja {

struct FunctionRow {
  std::string_view name;
  std::string_view signature;
  Result<Value> (*run)(Machine& machine, Given& given);
};

std::vector<std::pair<std::string, Value>> global_functions();
Result<Value> call_function(Machine& machine, const FunctionRow& row, Arguments arguments);

// Python's dict(mapping or pairs, **more).
Result<std::shared_ptr<Mapping>> make_mapping(Machine& machine, const Given& given);

}  // namespace slipway::jinja
