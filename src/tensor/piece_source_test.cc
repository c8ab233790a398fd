#include "tensor/piece_source.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <random>

#include "os/counting_file_system.h"
#include "os/mem_file_system.h"
#include "tensor/strided_copy.h"

namespace slipway::tensor {
namespace {

using Shape = std::vector<std::uint64_t>;

std::uint64_t volume(const Shape& shape) {
  return std::accumulate(shape.begin(), shape.end(), std::uint64_t{1}, std::multiplies<>());
}

// A tensor and its pieces, made by hand: `whole` is what must come out.
struct Made {
  PiecedTensor tensor{};
  std::vector<std::string> files{};
  std::string whole{};
};

// Calls `visit` with every index of the box, the last axis fastest.
template <class Visit>
void each(const Shape& extent, const Visit& visit) {
  if (volume(extent) == 0) return;
  Shape index(extent.size());
  while (true) {
    visit(index);
    std::size_t axis = extent.size();
    while (axis > 0 && ++index[axis - 1] == extent[axis - 1]) index[--axis] = 0;
    if (axis == 0) return;
  }
}

class Maker {
 public:
  explicit Maker(std::uint32_t seed) : random_(seed) {}

  Made make() {
    Made made;
    const Dtype dtypes[] = {Dtype::kU8, Dtype::kBF16, Dtype::kF32, Dtype::kF64, Dtype::kC64, Dtype::kF4};
    made.tensor.info.dtype = dtypes[below(6)];
    Shape shape(below(5));
    for (std::uint64_t& extent : shape) extent = below(12) == 0 ? below(2) : 1 + below(7);
    element_ = std::max<std::uint64_t>(1, dtype_bits(made.tensor.info.dtype) / 8);
    made.tensor.info.name = "t";
    made.tensor.info.size_bytes = volume(shape) * element_;
    made.tensor.grid = shape;
    for (std::uint64_t i = 0; i < made.tensor.info.size_bytes; ++i)
      made.whole += static_cast<char>(below(256));
    made.files.resize(1 + below(3));
    cut(made, Shape(shape.size()), shape, 4);
    std::ranges::shuffle(made.tensor.pieces, random_);
    return made;
  }

  std::uint64_t below(std::uint64_t limit) {
    return std::uniform_int_distribution<std::uint64_t>(0, limit - 1)(random_);
  }

 private:
  void cut(Made& made, Shape at, Shape extent, int cuts) {
    std::size_t axis = extent.empty() ? 0 : below(extent.size());
    if (extent.empty() || cuts == 0 || extent[axis] < 2 || below(4) == 0) return put(made, at, extent);
    const std::uint64_t left = below(extent[axis] + 1);  // also a piece without elements
    Shape first = extent, second = extent, beyond = at;
    first[axis] = left;
    second[axis] -= left;
    beyond[axis] += left;
    cut(made, at, first, cuts - 1);
    cut(made, beyond, second, cuts - 1);
  }

  // Lays the box into a file: axes in any order, with gaps between the steps.
  void put(Made& made, const Shape& at, const Shape& extent) {
    Piece piece{.file = below(made.files.size()), .at = at, .extent = extent, .stride = Shape(at.size())};
    piece.swap = element_ > 1 && below(3) == 0;
    std::vector<std::size_t> axes(at.size());
    std::iota(axes.begin(), axes.end(), 0U);
    if (below(2) == 0) std::ranges::shuffle(axes, random_);
    std::uint64_t step = 1;
    for (std::size_t i = axes.size(); i-- > 0;) {
      const std::uint64_t gap = below(6) == 0 ? below(3000) : below(2) * below(3);
      piece.stride[axes[i]] = step + gap;
      step = (step + gap) * std::max<std::uint64_t>(extent[axes[i]], 1);
    }
    std::string& file = made.files[piece.file];
    file.append(below(9), '#');
    piece.file_offset_bytes = file.size();
    if (volume(extent) > 0) file.append(step * element_, '.');
    each(extent, [&](const Shape& index) { place(made, piece, index); });
    made.tensor.pieces.push_back(piece);
  }

  void place(Made& made, const Piece& piece, const Shape& index) const {
    std::uint64_t from = 0, to = 0;
    for (std::size_t i = 0; i < index.size(); ++i) {
      from = from * made.tensor.grid[i] + piece.at[i] + index[i];
      to += index[i] * piece.stride[i];
    }
    std::string element = made.whole.substr(from * element_, element_);
    const std::uint64_t turn = made.tensor.info.dtype == Dtype::kC64 ? 4 : element_;
    for (std::size_t i = 0; piece.swap && i < element.size(); i += turn)
      std::ranges::reverse(std::span(element).subspan(i, turn));
    made.files[piece.file].replace(piece.file_offset_bytes + to * element_, element_, element);
  }

  std::mt19937 random_;
  std::uint64_t element_ = 1;
};

std::vector<PieceFile> files_on(os::MemFileSystem& disk, const std::vector<std::string>& texts) {
  std::vector<PieceFile> files;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const std::string name = fmt::format("part{}", i);
    disk.put("/w/" + name, texts[i]);
    files.push_back({.file = name, .path = "/w/" + name, .stat = *disk.stat("/w/" + name)});
  }
  return files;
}

std::string read_range(const TensorSource& source, std::uint64_t offset, std::uint64_t size) {
  ByteVector out(size);
  const auto done = source.read(0, offset, out);
  return done ? std::string(as_text(out)) : describe(done.error());
}

std::string failure_of(const Result<void>& result) { return result ? "" : describe(result.error()); }

TEST(PieceSource, AnyBoxesInAnyFilesWithAnyStridesGiveTheTensorHoweverItIsRead) {
  for (std::uint32_t seed = 0; seed < 3000; ++seed) {
    Maker maker(seed);
    const Made made = maker.make();
    os::MemFileSystem disk;
    const auto source = make_piece_source(disk, files_on(disk, made.files), {made.tensor});
    ASSERT_TRUE(source) << seed << ": " << describe(source.error());
    const std::uint64_t size = made.whole.size();
    ASSERT_EQ(read_range(**source, 0, size), made.whole) << seed;
    for (int part = 0; part < 8; ++part) {
      const std::uint64_t begin = maker.below(size + 1), length = maker.below(size - begin + 1);
      ASSERT_EQ(read_range(**source, begin, length), made.whole.substr(begin, length)) << seed;
    }
    if (const ContentPtr extent = (*source)->extent(0)) {
      ASSERT_EQ(read_all(*extent, size).value_or("failed"), made.whole) << seed;
    }
  }
}

TEST(PieceSource, APieceTooManyTooFewOrMovedIsRefused) {
  std::size_t refused = 0;
  for (std::uint32_t seed = 0; seed < 600; ++seed) {
    Maker maker(seed);
    Made made = maker.make();
    auto& pieces = made.tensor.pieces;
    std::erase_if(pieces, [](const Piece& piece) { return volume(piece.extent) == 0; });
    if (pieces.empty() || made.tensor.grid.empty()) continue;
    os::MemFileSystem disk;
    const auto files = files_on(disk, made.files);
    Piece& piece = pieces[maker.below(pieces.size())];
    const std::size_t axis = maker.below(piece.at.size());
    switch (seed % 5) {
      case 0:
        piece.at[axis] += 1;
        break;
      case 1:
        piece.extent[axis] += 1;
        break;
      case 2:
        pieces.push_back(Piece(piece));
        break;
      case 3:
        pieces.erase(pieces.begin());
        break;
      default:
        piece.file_offset_bytes += files[piece.file].stat.size_bytes;
    }
    EXPECT_NE(failure_of(check_pieces(made.tensor, files)), "") << seed;
    ++refused;
  }
  EXPECT_GT(refused, 300u);
}

PiecedTensor line(std::uint64_t elements, std::vector<Piece> pieces) {
  return {.info = {.name = "w", .dtype = Dtype::kF32, .shape = {elements}, .size_bytes = elements * 4},
          .grid = {elements},
          .pieces = std::move(pieces)};
}
Piece run(std::uint64_t at, std::uint64_t extent, std::uint64_t offset = 0, std::uint64_t stride = 1) {
  return {.file_offset_bytes = offset, .at = {at}, .extent = {extent}, .stride = {stride}};
}

TEST(CheckPieces, NamesTheTensorTheFaultAndTheFile) {
  const std::vector<PieceFile> files{{.file = "a.bin", .path = "/a.bin", .stat = {.size_bytes = 40}}};
  const auto said = [&](const PiecedTensor& tensor) { return failure_of(check_pieces(tensor, files)); };
  const std::string again = ": copy the checkpoint again from where it was written";
  EXPECT_EQ(said(line(10, {run(0, 4), run(4, 6, 16)})), "");
  EXPECT_EQ(said(line(10, {run(0, 4), run(3, 6)})), "tensor \"w\": two of its pieces overlap" + again);
  EXPECT_EQ(said(line(10, {run(0, 4), run(5, 5)})),
            "tensor \"w\": 1 of its 10 elements are in no piece" + again);
  EXPECT_EQ(said(line(10, {run(1, 10)})), "tensor \"w\": a piece in a.bin lies outside of it" + again);
  EXPECT_EQ(said(line(10, {run(0, 10, 1)})), "tensor \"w\": a piece lies past the end of a.bin" + again);
  EXPECT_EQ(said(line(10, {run(0, 10, 0, UINT64_MAX)})),
            "tensor \"w\": a piece lies past the end of a.bin" + again);
}

TEST(CheckPieces, ShapesThatOverflowAreRefused) {
  PiecedTensor tensor = line(4, {});
  tensor.grid = {1ULL << 40, 1ULL << 40};
  EXPECT_NE(failure_of(check_pieces(tensor, {})), "");
  tensor.grid = {1ULL << 62};
  tensor.info.size_bytes = 0;
  EXPECT_NE(failure_of(check_pieces(tensor, {})), "");
  tensor.grid = {1ULL << 40, 1ULL << 40, 0};
  EXPECT_EQ(failure_of(check_pieces(tensor, {})), "");
}

TEST(CheckPieces, AGridOfManyPiecesIsComparedInAMoment) {
  PiecedTensor tensor = line(0, {});
  tensor.grid = {512, 512};
  tensor.info.size_bytes = 512 * 512 * 4;
  for (std::uint64_t i = 0; i < 512; i += 4)
    for (std::uint64_t j = 0; j < 512; j += 4)
      tensor.pieces.push_back({.at = {i, j}, .extent = {4, 4}, .stride = {4, 1}});
  const std::vector<PieceFile> files{{.file = "a", .path = "/a", .stat = {.size_bytes = 64}}};
  EXPECT_EQ(failure_of(check_pieces(tensor, files)), "");
  tensor.pieces.back().at = {0, 0};
  EXPECT_NE(failure_of(check_pieces(tensor, files)), "");
}

TEST(PieceSource, AnExpandedViewRepeatsItsElement) {
  os::MemFileSystem disk;
  const auto files = files_on(disk, {"abcd1234"});
  const auto source = make_piece_source(disk, files, {line(3, {run(0, 3, 4, 0)})});
  ASSERT_TRUE(source);
  EXPECT_EQ(read_range(**source, 0, 12), "123412341234");
  EXPECT_EQ((*source)->extent(0), nullptr);
}

TEST(PieceSource, AFileThatChangedIsNamedWithTheTensor) {
  os::MemFileSystem disk;
  const auto files = files_on(disk, {"abcd1234"});
  const auto source = make_piece_source(disk, files, {line(2, {run(0, 2)})});
  ASSERT_TRUE(source);
  disk.put("/w/part0", "abcd12345");
  EXPECT_TRUE(read_range(**source, 0, 8).starts_with("part0: tensor \"w\": /w/part0: changed since"));
}

// 4096 x 512 numbers of four bytes that lie transposed, as a tile of rows wants them.
TEST(PieceSource, ATransposedTensorIsReadInWindowsAndNotByElement) {
  os::MemFileSystem disk;
  os::CountingFileSystem counting(disk);
  std::string text;
  for (std::uint32_t i = 0; i < 4096u * 512u; ++i) text.append(reinterpret_cast<const char*>(&i), sizeof i);
  PiecedTensor tensor = line(4096 * 512, {});
  tensor.grid = {4096, 512};
  tensor.pieces = {{.at = {0, 0}, .extent = {4096, 512}, .stride = {1, 4096}}};
  const auto source = make_piece_source(counting, files_on(disk, {text}), {tensor});
  ASSERT_TRUE(source);
  const std::uint64_t tile = 1 << 20;
  const std::string first = read_range(**source, 0, tile);
  std::uint32_t seen = 0;
  std::memcpy(&seen, first.data() + (3 * 512 + 7) * 4, 4);
  EXPECT_EQ(seen, 7u * 4096u + 3u);
  EXPECT_LE(counting.calls(os::FileCall::kReadAt), 600u);
  EXPECT_LE(counting.bytes_read(), 9 * tile);
}

}  // namespace
}  // namespace slipway::tensor
