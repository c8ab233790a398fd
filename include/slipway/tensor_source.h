// slipway/tensor_source.h - named tensors read lazily, from whatever format holds them.
//
// Floor      tensor
// Contract   Nothing but metadata is read until read() is called. The same range of the same tensor
//            gives the same bytes, every time and on every thread, however it is split.
// Units      bytes; shapes outermost first, {} is a scalar
// Threads    share freely
// Errors     kCorruptData, kIo, kChanged; the message names the tensor and its file
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "slipway/bytes.h"
#include "slipway/content.h"
#include "slipway/dtype.h"
#include "slipway/result.h"

namespace slipway::tensor {

struct TensorInfo {
  std::string name;
  Dtype dtype = Dtype::kF32;
  std::vector<std::uint64_t> shape{};
  std::uint64_t size_bytes = 0;  // product(shape) * bits(dtype) / 8, already checked
  std::string file{};            // where it lies, relative to the folder that was opened
  std::uint64_t file_offset_bytes = 0;
  std::uint64_t tile_bytes = 1;  // reads aligned to it cost nothing extra
  int passes = 1;                // 2: prepare() must run first
};

// As many as are stored: a packed type counts what it packs.
inline std::uint64_t elements_of(const TensorInfo& info) {
  return info.size_bytes * 8 / dtype_bits(info.dtype);
}

class TensorSource {
 public:
  virtual ~TensorSource() = default;
  virtual std::span<const TensorInfo> catalogue() const = 0;  // in the source's own order
  // Fills `out` with the output tensor's bytes from `offset`. `tensor` indexes the catalogue.
  virtual Result<void> read(std::size_t tensor, std::uint64_t offset, MutableBytes out) const = 0;
  virtual Result<void> prepare(std::size_t tensor) const = 0;  // for passes == 2
  // When the bytes lie unchanged in one input file: that range as content; null otherwise.
  virtual ContentPtr extent(std::size_t tensor) const = 0;
};

}  // namespace slipway::tensor
