// tensor/strided_copy.h - a box of elements from where it lies in a file to where it lies in memory.
//
// Contract   Reads nothing outside of the box's own span in the file. Runs that lie close to each other are
//            read together, the bytes between them thrown away; others one by one.
// Cost       memory: one window of kWindowBytes
// Errors     those of the content
// Threads    one thread
#pragma once

#include <cstdint>
#include <vector>

#include "slipway/content.h"

namespace slipway::tensor {

struct Axis {
  std::uint64_t extent = 1;
  std::uint64_t from = 0;  // stride in the file, in elements
  std::uint64_t to = 0;    // stride in memory, in elements
};

class StridedCopy {
 public:
  static constexpr std::uint64_t kWindowBytes = 256 * 1024;

  // `swap_bytes`: how many bytes are turned round at a time; 1 for none.
  StridedCopy(const Content& file, std::uint64_t element_bytes, std::uint64_t swap_bytes)
      : file_(file), element_bytes_(element_bytes), swap_bytes_(swap_bytes) {}

  // `offset`: of the first element in the file. `out`: from the first element to behind the last one.
  Result<void> run(std::vector<Axis> box, std::uint64_t offset, MutableBytes out);

 private:
  Result<void> copy(std::vector<Axis>& box, std::uint64_t offset, std::byte* out);
  Result<void> split(std::vector<Axis>& box, std::uint64_t offset, std::byte* out);
  Result<void> read(std::uint64_t offset, MutableBytes out) const;
  std::uint64_t span_bytes(const std::vector<Axis>& box) const;

  const Content& file_;
  std::uint64_t element_bytes_;
  std::uint64_t swap_bytes_;
  ByteVector window_{};
};

}  // namespace slipway::tensor
