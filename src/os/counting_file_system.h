// os/counting_file_system.h - a meter in front of a disk: calls by kind, and bytes read, written, copied.
//
// Contract   Bytes are counted as the caller asked for them; those of copy_range() apart, since they may
//            never pass through our memory. A refused or failed call counts as a call and moves no byte.
// Units      bytes
// Threads    share freely
#pragma once

#include <array>
#include <atomic>

#include "os/observed_file_system.h"

namespace slipway::os {

class CountingFileSystem : public ObservedFileSystem {
 public:
  using ObservedFileSystem::ObservedFileSystem;

  std::uint64_t calls(FileCall call) const { return calls_[static_cast<std::size_t>(call)].load(); }
  std::uint64_t all_calls() const;
  std::uint64_t bytes_read() const { return bytes_read_.load(); }
  std::uint64_t bytes_written() const { return bytes_written_.load(); }
  std::uint64_t bytes_copied() const { return bytes_copied_.load(); }

  Result<void> before(FileCall call, const Path& path) override;
  void after_bytes(FileCall call, std::uint64_t size_bytes) override;

 private:
  std::array<std::atomic<std::uint64_t>, kFileCallKinds> calls_{};
  std::atomic<std::uint64_t> bytes_read_ = 0;
  std::atomic<std::uint64_t> bytes_written_ = 0;
  std::atomic<std::uint64_t> bytes_copied_ = 0;
};

}  // namespace slipway::os
