// base/secret_setting.h - tells settings that hold a secret from those that speak of a text's tokens.
//
// Threads    value
#pragma once

#include <string_view>

namespace slipway {

// Whether what this key of a recipe or of a trainer's arguments holds must be neither kept nor shown.
bool is_secret_setting(std::string_view key);

}  // namespace slipway
