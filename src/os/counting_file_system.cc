#include "os/counting_file_system.h"

namespace slipway::os {

std::uint64_t CountingFileSystem::all_calls() const {
  std::uint64_t sum = 0;
  for (const auto& count : calls_) sum += count.load();
  return sum;
}

Result<void> CountingFileSystem::before(FileCall call, const Path&) {
  ++calls_[static_cast<std::size_t>(call)];
  return {};
}

void CountingFileSystem::after_bytes(FileCall call, std::uint64_t size_bytes) {
  auto& count = call == FileCall::kReadAt      ? bytes_read_
                : call == FileCall::kCopyRange ? bytes_copied_
                                               : bytes_written_;
  count += size_bytes;
}

}  // namespace slipway::os
