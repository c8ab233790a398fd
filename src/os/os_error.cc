#include "os/os_error.h"

#include <fmt/format.h>

#include <cerrno>
#include <system_error>

namespace slipway::os {
namespace {

ErrorCode code_of(int number) {
  switch (number) {
    case ENOENT:
    case ENOTDIR:
      return ErrorCode::kNotFound;
    case EEXIST:
      return ErrorCode::kAlreadyExists;
    case ENOSPC:
    case EDQUOT:
      return ErrorCode::kNoSpace;
    default:
      return ErrorCode::kIo;
  }
}

}  // namespace

Error os_error(int number, std::string_view path) {
  Error error{.code = code_of(number),
              .message = fmt::format("{}: {}", path, std::generic_category().message(number))};
  if (error.code == ErrorCode::kIo || error.code == ErrorCode::kNoSpace) error.os_error = number;
  return error;
}

}  // namespace slipway::os
