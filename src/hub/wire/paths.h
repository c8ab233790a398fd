// hub/wire/paths.h - which paths a repository may hold.
//
// Threads    value
#pragma once

#include <string_view>

#include "slipway/result.h"

namespace slipway::hub::wire {

// Relative, '/'-separated UTF-8, without empty, "." or ".." parts, without a `.git` part, at most 1,024
// bytes.
Result<void> check_path(std::string_view path);

}  // namespace slipway::hub::wire
