#include "slipway/result.h"

#include <fmt/format.h>

#include "base/error_table.h"

namespace slipway {

std::string_view error_kind(ErrorCode code) { return error_row(code).kind; }

Error within(std::string_view doing, Error error) {
  error.context = error.context.empty() ? std::string(doing) : fmt::format("{}: {}", doing, error.context);
  return error;
}

std::string describe(const Error& error) {
  return error.context.empty() ? error.message : fmt::format("{}: {}", error.context, error.message);
}

void broken_invariant(const char* condition, const char* file, int line) {
  throw BrokenInvariant(fmt::format("{}:{}: {} does not hold", file, line, condition));
}

}  // namespace slipway
