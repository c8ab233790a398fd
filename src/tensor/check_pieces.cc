#include <algorithm>

#include <fmt/format.h>

#include "tensor/piece_source.h"
#include "tensor/tensor_name.h"

namespace slipway::tensor {
namespace {

constexpr std::uint64_t kComparisonsMax = 1u << 26;

std::unexpected<Error> corrupt(const PiecedTensor& tensor, std::string what) {
  return fail(ErrorCode::kCorruptData,
              fmt::format("tensor {}: {}: copy the checkpoint again from where it was written",
                          shown_name(tensor.info.name), what));
}

std::optional<std::uint64_t> volume(const std::vector<std::uint64_t>& shape) {
  if (std::ranges::find(shape, 0U) != shape.end()) return 0;
  std::uint64_t elements = 1;
  for (const std::uint64_t extent : shape) {
    const auto product = checked_mul(elements, extent);
    if (!product) return std::nullopt;
    elements = *product;
  }
  return elements;
}

Result<void> check_grid(const PiecedTensor& tensor) {
  const auto elements = volume(tensor.grid);
  if (!elements) return corrupt(tensor, "has more elements than can be counted");
  const std::uint64_t bytes = element_bytes(tensor.info.dtype);
  if (checked_mul(*elements, bytes) != tensor.info.size_bytes)
    return corrupt(tensor, "its pieces are of another size than the tensor");
  return {};
}

// Whether the box lies inside of the grid.
bool is_inside(const PiecedTensor& tensor, const Piece& piece) {
  const std::size_t axes = tensor.grid.size();
  if (piece.at.size() != axes || piece.extent.size() != axes || piece.stride.size() != axes) return false;
  for (std::size_t i = 0; i < axes; ++i) {
    const auto end = checked_add(piece.at[i], piece.extent[i]);
    if (!end || *end > tensor.grid[i]) return false;
  }
  return true;
}

bool lies_in_file(const PiecedTensor& tensor, const Piece& piece, std::uint64_t file_bytes) {
  std::uint64_t last = 0;
  for (std::size_t i = 0; i < piece.extent.size(); ++i) {
    const auto reach = checked_mul(piece.extent[i] - 1, piece.stride[i]);
    const auto sum = reach ? checked_add(last, *reach) : std::nullopt;
    if (!sum) return false;
    last = *sum;
  }
  const auto elements = checked_add(last, 1);
  const std::uint64_t one = element_bytes(tensor.info.dtype);
  const auto bytes = elements ? checked_mul(*elements, one) : std::nullopt;
  const auto end = bytes ? checked_add(*bytes, piece.file_offset_bytes) : std::nullopt;
  return end && *end <= file_bytes;
}

bool overlap(const Piece& one, const Piece& other) {
  for (std::size_t i = 0; i < one.at.size(); ++i) {
    if (one.at[i] >= other.at[i] + other.extent[i] || other.at[i] >= one.at[i] + one.extent[i]) return false;
  }
  return true;
}

// The axis along which the pieces lie apart most.
std::size_t sweep_axis(const std::vector<const Piece*>& pieces, std::size_t axes) {
  std::size_t best = 0, most = 0;
  std::vector<std::uint64_t> starts(pieces.size());
  for (std::size_t axis = 0; axis < axes; ++axis) {
    std::ranges::transform(pieces, starts.begin(), [&](const Piece* piece) { return piece->at[axis]; });
    std::ranges::sort(starts);
    std::size_t different = 1;
    for (std::size_t i = 1; i < starts.size(); ++i) different += starts[i] != starts[i - 1] ? 1U : 0U;
    if (different > most) {
      most = different;
      best = axis;
    }
  }
  return best;
}

Result<void> check_disjoint(const PiecedTensor& tensor, std::vector<const Piece*> pieces) {
  if (pieces.size() < 2) return {};
  if (tensor.grid.empty()) return corrupt(tensor, "its only element stands in two pieces");
  const std::size_t axis = sweep_axis(pieces, tensor.grid.size());
  std::ranges::sort(pieces, {}, [&](const Piece* piece) { return piece->at[axis]; });
  std::uint64_t comparisons = 0;
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    const std::uint64_t end = pieces[i]->at[axis] + pieces[i]->extent[axis];
    for (std::size_t j = i + 1; j < pieces.size() && pieces[j]->at[axis] < end; ++j) {
      if (overlap(*pieces[i], *pieces[j])) return corrupt(tensor, "two of its pieces overlap");
      if (++comparisons > kComparisonsMax)
        return fail(ErrorCode::kUnsupported, fmt::format("tensor {}: is cut into more pieces than are read",
                                                         shown_name(tensor.info.name)));
    }
  }
  return {};
}

}  // namespace

Result<void> check_pieces(const PiecedTensor& tensor, const std::vector<PieceFile>& files) {
  SLIPWAY_TRY(check_grid(tensor));
  const std::uint64_t wanted = volume(tensor.grid).value_or(0);
  std::vector<const Piece*> pieces;
  std::uint64_t covered = 0;
  for (const Piece& piece : tensor.pieces) {
    if (piece.file >= files.size()) return corrupt(tensor, "one of its pieces lies in no file");
    if (!is_inside(tensor, piece))
      return corrupt(tensor, fmt::format("a piece in {} lies outside of it", files[piece.file].file));
    const std::uint64_t elements = volume(piece.extent).value_or(0);  // no more than the grid's
    if (elements == 0) continue;
    if (!lies_in_file(tensor, piece, files[piece.file].stat.size_bytes))
      return corrupt(tensor, fmt::format("a piece lies past the end of {}", files[piece.file].file));
    if (elements > wanted - covered) return corrupt(tensor, "two of its pieces overlap");
    covered += elements;
    pieces.push_back(&piece);
  }
  if (covered < wanted)
    return corrupt(tensor, fmt::format("{} of its {} elements are in no piece", wanted - covered, wanted));
  return check_disjoint(tensor, std::move(pieces));
}

}  // namespace slipway::tensor
