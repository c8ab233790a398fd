// tensor/tensor_name.h - tensor names are free text from a file: how to show one, and which are odd.
//
// Contract   A name is never used as a path. Shown names are quoted, on one line and of bounded length.
// Threads    value
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace slipway::tensor {

inline constexpr std::size_t kShownNameBytesMax = 200;

// "model.norm.weight" with its quotes; control characters escaped, a long name cut with "...".
std::string shown_name(std::string_view name);

// Why a legal name deserves a warning: empty, or it looks like a path out of the folder.
std::optional<std::string_view> oddness(std::string_view name);

}  // namespace slipway::tensor
