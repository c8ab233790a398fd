// base/lfs_pointer.h - what `git clone` without LFS leaves in a large file's place.
//
// Threads    value
// Source     the Git LFS specification, version 1
#pragma once

#include <string_view>

namespace slipway {

inline constexpr std::string_view kLfsPointerStart = "version https://git-lfs.github.com/spec/";
inline constexpr std::string_view kLfsPointerWords =
    "is a Git LFS pointer, not the file itself: fetch it with `git lfs pull` or `slipway pull`";

constexpr bool is_lfs_pointer(std::string_view text) { return text.starts_with(kLfsPointerStart); }

}  // namespace slipway
