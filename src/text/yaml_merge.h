// text/yaml_merge.h - what makes a map of its pairs: no key twice, `<<` replaced by what it merges.
//
// Errors     kCorruptData "line 3: ..."
// Threads    value
#pragma once

#include "slipway/result.h"
#include "text/yaml.h"

namespace slipway::yaml {

// Merged members stand first; the map's own keys win over them, and an earlier map over a later one.
Result<Node> finish_map(Node map);

}  // namespace slipway::yaml
