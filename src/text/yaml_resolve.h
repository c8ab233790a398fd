// text/yaml_resolve.h - which type a scalar has under YAML 1.1, and its value.
//
// Contract   The patterns are those of PyYAML's resolver.py, matched by hand; a value that matches a
//            pattern and yet has no meaning (month 13, "0x_") is an error, as it is there.
// Errors     kCorruptData, without the line (the caller knows it)
// Threads    value
#pragma once

#include <string_view>

#include "slipway/result.h"
#include "text/yaml.h"

namespace slipway::yaml {

// kString when nothing matches. "=" and "<<" are strings here: where they stand decides (yaml.cc).
Kind resolve_plain(std::string_view text);

// Fills boolean, integer, overflow and real of `node` from node.text as `kind`.
Result<void> give_value(Node& node, Kind kind);

}  // namespace slipway::yaml
