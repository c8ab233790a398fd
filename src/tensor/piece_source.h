// tensor/piece_source.h - tensors put together from boxes of elements that lie, with strides, in files.
//
// Contract   A tensor is a grid, row-major; its pieces are disjoint and cover it. make_piece_source() checks
//            that, and that every piece lies inside of its file, before anything is read. Each file is opened
//            at the first read and then shared; a file that is not what it was is kChanged.
// Cost       memory for the catalogue and one window of 256 KiB a read; a run goes straight into the
//            caller's buffer
// Limits     tensors that all together have more than 16 times the bytes of their files, and 64 MiB: no model
// Errors     kCorruptData naming tensor and piece; kUnsupported for more pieces than are compared
// Threads    share freely
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "slipway/tensor_source.h"

namespace slipway::tensor {

// Of what the pieces count: of a packed type, what packs its elements.
inline std::uint64_t element_bytes(Dtype dtype) { return std::max<std::uint64_t>(1, dtype_bits(dtype) / 8); }

struct PieceFile {
  std::string file{};   // relative, as the catalogue shows it
  os::Path path{};      // as it is opened
  os::FileStat stat{};  // when it was looked at
};

// All but the first two in elements; as many numbers as the grid has axes.
struct Piece {
  std::size_t file = 0;
  std::uint64_t file_offset_bytes = 0;  // of the box's first element
  std::vector<std::uint64_t> at{};      // in the grid
  std::vector<std::uint64_t> extent{};
  std::vector<std::uint64_t> stride{};  // in the file; 0: the same element again
  bool swap = false;                    // big-endian
};

struct PiecedTensor {
  TensorInfo info{};  // `file` and `file_offset_bytes` are set from the first piece when `file` is ""
  // info.shape, or {n} for cuts through the flat tensor; an element has element_bytes().
  std::vector<std::uint64_t> grid{};
  std::vector<Piece> pieces{};  // those without elements are passed over
};

Result<void> check_pieces(const PiecedTensor& tensor, const std::vector<PieceFile>& files);

// `fs` must outlive the source and every extent of it.
class PieceSource final : public TensorSource {
 public:
  // Only what check_pieces() takes.
  PieceSource(os::FileSystem& fs, std::vector<PieceFile> files, std::vector<PiecedTensor> tensors);

  std::span<const TensorInfo> catalogue() const override { return catalogue_; }
  Result<void> read(std::size_t tensor, std::uint64_t offset, MutableBytes out) const override;
  Result<void> prepare(std::size_t) const override { return {}; }
  ContentPtr extent(std::size_t tensor) const override;

 private:
  struct Grid {
    std::vector<std::uint64_t> shape{};
    std::vector<Piece> pieces{};
    std::uint64_t element_bytes = 1;
    std::uint64_t swap_bytes = 1;
  };
  struct Range;  // of the grid's elements that one read wants

  Result<void> read_elements(std::size_t tensor, std::uint64_t first, MutableBytes out) const;
  Result<void> read_box(const Range& range, std::size_t axis, std::uint64_t begin, std::uint64_t end) const;
  Result<void> read_pieces(const Range& range) const;
  Result<void> read_piece(const Range& range, const Piece& piece) const;

  std::vector<PieceFile> names_{};
  std::vector<ContentPtr> files_{};  // whole files, one open file each
  std::vector<TensorInfo> catalogue_{};
  std::vector<Grid> grids_{};
};

Result<std::shared_ptr<const TensorSource>> make_piece_source(os::FileSystem& fs,
                                                              std::vector<PieceFile> files,
                                                              std::vector<PiecedTensor> tensors);

}  // namespace slipway::tensor
