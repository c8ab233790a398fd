#include "jinja/budget.h"

#include <fmt/format.h>

namespace slipway::jinja {

std::unexpected<Error> Budget::too_long() const {
  return fail(ErrorCode::kUnsupported,
              fmt::format("the chat template takes more than {} steps", limits_.steps));
}

std::unexpected<Error> Budget::too_large() const {
  return fail(ErrorCode::kUnsupported,
              fmt::format("the chat template needs more than {} bytes of memory", limits_.memory_bytes));
}

std::unexpected<Error> Budget::too_deep() const {
  return fail(ErrorCode::kUnsupported,
              fmt::format("the chat template nests too deep (values and macros: {} levels)", limits_.depth));
}

}  // namespace slipway::jinja
