#include "slipway/file_system.h"

#include <fmt/format.h>

namespace slipway::os {

Result<void> ReadFile::read_exact(std::uint64_t offset, MutableBytes out) {
  SLIPWAY_ASSIGN(const std::size_t got, read_at(offset, out));
  if (got == out.size()) return {};
  return fail(ErrorCode::kCorruptData,
              fmt::format("{} ends early: {} bytes wanted at {}, {} there", name(), out.size(), offset, got));
}

}  // namespace slipway::os
