// tensor/zero/flat_vector.h - vectors that lie in parts, in files, and are cut anew.
//
// Threads    value
#pragma once

#include <optional>
#include <vector>

#include "tensor/torch/torch_file.h"

namespace slipway::tensor {

class FlatVector {
 public:
  // A flat tensor behind what is there already; kCorruptData for one with more than one axis or with gaps, or
  // of another dtype.
  Result<void> add(std::size_t file, const TorchTensor& part);
  std::uint64_t size() const { return size_; }
  std::optional<Dtype> dtype() const { return dtype_; }  // absent: nothing was added
  // Appends elements [begin, end) as pieces of a flat grid, from `at` on; what lies past the end is left out.
  void cut(std::uint64_t begin, std::uint64_t end, std::uint64_t at, std::vector<Piece>& pieces) const;

 private:
  struct Part {
    std::uint64_t begin = 0;
    std::uint64_t size = 0;
    std::size_t file = 0;
    std::uint64_t offset_bytes = 0;
    bool swap = false;
  };
  std::vector<Part> parts_{};
  std::optional<Dtype> dtype_{};
  std::uint64_t size_ = 0;
};

}  // namespace slipway::tensor
