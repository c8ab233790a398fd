// os/os_error.h - an errno turned into the one Error that everybody above matches on.
//
// Contract   ENOENT and ENOTDIR are kNotFound, EEXIST is kAlreadyExists, ENOSPC and EDQUOT are kNoSpace,
//            all else is kIo; the number is kept for kIo and kNoSpace. "PATH: No such file or directory".
// Threads    value
#pragma once

#include <string_view>

#include "slipway/result.h"

namespace slipway::os {

Error os_error(int number, std::string_view path);

// Trying again may find something else: not so for a refusal of this name (permission, too long, a loop of
// links).
bool may_pass(const Error& error);

inline std::unexpected<Error> fail_os(int number, std::string_view path) {
  return std::unexpected(os_error(number, path));
}

}  // namespace slipway::os
