#include "os/os_error.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
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

bool may_pass(const Error& error) {
  if (error.code == ErrorCode::kNoSpace) return true;
  if (error.code != ErrorCode::kIo) return false;
  constexpr auto kLasting = std::to_array<int>({EACCES, EPERM, ENAMETOOLONG, ELOOP});
  return std::ranges::find(kLasting, error.os_error) == kLasting.end();
}

Error os_error(int number, std::string_view path) {
  Error error{.code = code_of(number),
              .message = fmt::format("{}: {}", path, std::generic_category().message(number))};
  if (error.code == ErrorCode::kIo || error.code == ErrorCode::kNoSpace) error.os_error = number;
  return error;
}

}  // namespace slipway::os
