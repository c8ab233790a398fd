// cli/app.h - the front door: words in, exit code out.
//
// Contract   Parses, calls one flow, prints. Decides nothing.
// Threads    one thread
#pragma once

#include <string>
#include <vector>

#include "os/terminal.h"
#include "os/world.h"

namespace slipway::cli {

int run(os::World& world, os::Terminal& terminal, const std::vector<std::string>& words);

}  // namespace slipway::cli
