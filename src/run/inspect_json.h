// run/inspect_json.h - what `slipway inspect` says about a run: for programs and for people.
//
// Contract   The object holds `kind format adapter path step base tensors bytes problems`; fields are
//            added, never renamed. Odd but legal weights (WeightSet::warnings) stand among the problems
//            with the code `weights-odd`. Names from files are escaped: no terminal codes pass through.
// Units      bytes of tensors, without headers
// Threads    value
#pragma once

#include <string>

#include "run/run.h"
#include "slipway/json.h"

namespace slipway::run {

json::Value inspect_json(const RunFacts& facts);

// A summary, then a table in which layers that differ only in their numbers share a line. No final newline.
std::string inspect_text(const RunFacts& facts);

}  // namespace slipway::run
