#include "tensor/piece_source.h"

#include <algorithm>

#include <fmt/format.h>

#include "tensor/file_part.h"
#include "tensor/strided_copy.h"
#include "tensor/tensor_name.h"

namespace slipway::tensor {
namespace {

// A complex number is two numbers.
std::uint64_t swap_bytes_of(Dtype dtype) { return dtype == Dtype::kC64 ? 4 : element_bytes(dtype); }

bool is_empty(const Piece& piece) { return std::ranges::find(piece.extent, 0U) != piece.extent.end(); }

// Elements of the grid below one step of `axis`.
std::uint64_t below(const std::vector<std::uint64_t>& shape, std::size_t axis) {
  std::uint64_t elements = 1;
  for (std::size_t i = axis + 1; i < shape.size(); ++i) elements *= shape[i];
  return elements;
}

}  // namespace

struct PieceSource::Range {
  std::size_t tensor = 0;
  std::uint64_t first = 0;  // element that stands at the begin of `out`
  MutableBytes out{};
  std::vector<std::uint64_t> at{};  // the box that is read now
  std::vector<std::uint64_t> extent{};
};

PieceSource::PieceSource(os::FileSystem& fs, std::vector<PieceFile> files, std::vector<PiecedTensor> tensors)
    : names_(std::move(files)) {
  for (const PieceFile& file : names_)
    files_.push_back(file_content(fs, file.path, file.stat, 0, file.stat.size_bytes));
  for (PiecedTensor& tensor : tensors) {
    std::erase_if(tensor.pieces, is_empty);
    if (tensor.info.file.empty() && !tensor.pieces.empty()) {
      tensor.info.file = names_[tensor.pieces.front().file].file;
      tensor.info.file_offset_bytes = tensor.pieces.front().file_offset_bytes;
    }
    grids_.push_back({.shape = std::move(tensor.grid),
                      .pieces = std::move(tensor.pieces),
                      .element_bytes = element_bytes(tensor.info.dtype),
                      .swap_bytes = swap_bytes_of(tensor.info.dtype)});
    catalogue_.push_back(std::move(tensor.info));
  }
}

Result<void> PieceSource::read(std::size_t tensor, std::uint64_t offset, MutableBytes out) const {
  SLIPWAY_CHECK(tensor < catalogue_.size());
  const std::uint64_t size_bytes = catalogue_[tensor].size_bytes;
  SLIPWAY_CHECK(offset <= size_bytes && out.size() <= size_bytes - offset);
  const std::uint64_t one = grids_[tensor].element_bytes;
  // An element of which only a part is wanted passes through a buffer of its own.
  while (!out.empty()) {
    const std::uint64_t inside = offset % one;
    std::uint64_t done = 0;
    if (inside == 0 && out.size() >= one) {
      done = out.size() - out.size() % one;
      SLIPWAY_TRY(read_elements(tensor, offset / one, out.first(done)));
    } else {
      ByteVector element(one);
      SLIPWAY_TRY(read_elements(tensor, offset / one, element));
      done = std::min<std::uint64_t>(one - inside, out.size());
      std::ranges::copy(MutableBytes(element).subspan(inside, done), out.begin());
    }
    offset += done;
    out = out.subspan(done);
  }
  return {};
}

Result<void> PieceSource::read_elements(std::size_t tensor, std::uint64_t first, MutableBytes out) const {
  const Grid& grid = grids_[tensor];
  Range range{.tensor = tensor,
              .first = first,
              .out = out,
              .at = std::vector<std::uint64_t>(grid.shape.size()),
              .extent = std::vector<std::uint64_t>(grid.shape.size(), 1)};
  return read_box(range, 0, first, first + out.size() / grid.element_bytes);
}

// A range of the flat tensor is a head, a box and a tail along each axis. `begin` and `end` count from
// the part of the grid that the axes before this one have chosen.
Result<void> PieceSource::read_box(const Range& range, std::size_t axis, std::uint64_t begin,
                                   std::uint64_t end) const {
  if (begin >= end) return {};
  const Grid& grid = grids_[range.tensor];
  if (axis == grid.shape.size()) return read_pieces(range);
  const std::uint64_t step = below(grid.shape, axis);
  const auto at = [&](std::uint64_t index, std::uint64_t count) {
    Range part = range;
    part.at[axis] = index;
    part.extent[axis] = count;
    return part;
  };
  std::uint64_t row = begin / step;
  if (const std::uint64_t inside = begin % step; inside != 0 || end - begin < step) {
    const std::uint64_t stop = std::min(end - row * step, step);
    SLIPWAY_TRY(read_box(at(row, 1), axis + 1, inside, stop));
    ++row;
  }
  const std::uint64_t rows = end / step;
  if (row < rows) {
    Range box = at(row, rows - row);
    for (std::size_t i = axis + 1; i < grid.shape.size(); ++i) box.extent[i] = grid.shape[i];
    SLIPWAY_TRY(read_pieces(box));
    row = rows;
  }
  if (row * step < end) return read_box(at(row, 1), axis + 1, 0, end - row * step);
  return {};
}

Result<void> PieceSource::read_pieces(const Range& range) const {
  for (const Piece& piece : grids_[range.tensor].pieces) {
    SLIPWAY_TRY_WITHIN(
        fmt::format("{}: tensor {}", names_[piece.file].file, shown_name(catalogue_[range.tensor].name)),
        read_piece(range, piece));
  }
  return {};
}

// What the piece and the box have in common.
Result<void> PieceSource::read_piece(const Range& range, const Piece& piece) const {
  const Grid& grid = grids_[range.tensor];
  std::vector<Axis> box(grid.shape.size());
  std::uint64_t from = 0, to = 0;
  for (std::size_t i = box.size(), step = 1; i-- > 0; step *= grid.shape[i]) {
    const std::uint64_t begin = std::max(range.at[i], piece.at[i]);
    const std::uint64_t end = std::min(range.at[i] + range.extent[i], piece.at[i] + piece.extent[i]);
    if (begin >= end) return {};
    box[i] = {.extent = end - begin, .from = piece.stride[i], .to = step};
    from += (begin - piece.at[i]) * piece.stride[i];
    to += begin * step;
  }
  StridedCopy copy(*files_[piece.file], grid.element_bytes, piece.swap ? grid.swap_bytes : 1);
  return copy.run(std::move(box), piece.file_offset_bytes + from * grid.element_bytes,
                  range.out.subspan((to - range.first) * grid.element_bytes));
}

ContentPtr PieceSource::extent(std::size_t tensor) const {
  SLIPWAY_CHECK(tensor < catalogue_.size());
  const Grid& grid = grids_[tensor];
  if (grid.pieces.size() != 1) return nullptr;
  const Piece& piece = grid.pieces.front();
  if (piece.swap && grid.swap_bytes > 1) return nullptr;
  for (std::size_t i = piece.extent.size(), step = 1; i-- > 0; step *= piece.extent[i]) {
    if (piece.extent[i] > 1 && piece.stride[i] != step) return nullptr;
  }
  return std::make_shared<FilePart>(files_[piece.file], piece.file_offset_bytes,
                                    catalogue_[tensor].size_bytes);
}

namespace {

// Views that repeat what a file holds could write out any number of bytes.
Result<void> check_growth(const std::vector<PieceFile>& files, const std::vector<PiecedTensor>& tensors) {
  constexpr std::uint64_t kGrowthMax = 16, kAlwaysBytes = 64u << 20;
  std::uint64_t stored = 0, written = 0;
  for (const PieceFile& file : files)
    stored += std::min(file.stat.size_bytes, UINT64_MAX / kGrowthMax - stored);
  for (const PiecedTensor& tensor : tensors) {
    const auto sum = checked_add(written, tensor.info.size_bytes);
    if (!sum || (*sum > kAlwaysBytes && *sum / kGrowthMax > stored))
      return fail(
          ErrorCode::kUnsupported,
          fmt::format("tensor {}: the tensors repeat what their files hold without end; save them with "
                      "contiguous()",
                      shown_name(tensor.info.name)));
    written = *sum;
  }
  return {};
}

}  // namespace

Result<std::shared_ptr<const TensorSource>> make_piece_source(os::FileSystem& fs,
                                                              std::vector<PieceFile> files,
                                                              std::vector<PiecedTensor> tensors) {
  SLIPWAY_TRY(check_growth(files, tensors));
  for (const PiecedTensor& tensor : tensors) SLIPWAY_TRY(check_pieces(tensor, files));
  return std::make_shared<PieceSource>(fs, std::move(files), std::move(tensors));
}

}  // namespace slipway::tensor
