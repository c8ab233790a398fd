// tensor/safetensors_source.h - the tensors of one or more safetensors files as one lazy source.
//
// Contract   Each file is opened at the first read of one of its tensors and then shared; a file that
//            is not what it was when its header was read is kChanged.
// Cost       memory for the catalogue only; a read goes straight into the caller's buffer
// Threads    share freely
#pragma once

#include <vector>

#include "slipway/safetensors.h"

namespace slipway::tensor {

struct SafetensorsShard {
  std::string file{};   // relative, as the catalogue shows it
  os::Path path{};      // as it is opened
  os::FileStat stat{};  // when the header was read
  SafetensorsHeader header{};
};

class SafetensorsSource final : public TensorSource {
 public:
  SafetensorsSource(os::FileSystem& fs, std::vector<SafetensorsShard> shards);

  std::span<const TensorInfo> catalogue() const override { return catalogue_; }
  Result<void> read(std::size_t tensor, std::uint64_t offset, MutableBytes out) const override;
  Result<void> prepare(std::size_t) const override { return {}; }
  ContentPtr extent(std::size_t tensor) const override;

 private:
  std::vector<ContentPtr> files_{};  // whole files, one open file each
  std::vector<TensorInfo> catalogue_{};
  std::vector<std::size_t> file_of_{};  // of each tensor, as an index into files_
};

}  // namespace slipway::tensor
