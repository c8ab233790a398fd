// jinja/from_json.h - a JSON document as a template sees it.
//
// Errors     kUnsupported for an integer past 64 bits
// Threads    value
#pragma once

#include "jinja/value.h"
#include "slipway/json.h"
#include "slipway/result.h"

namespace slipway::jinja {

// Members keep their order; a number with a point or an exponent is a float, as for Python's json.
Result<Value> from_json(const json::Value& value);

}  // namespace slipway::jinja
