#include "transform/dequant/round_trip.h"

#include <algorithm>
#include <cstring>
#include <deque>
#include <mutex>
#include <optional>

#include "transform/cast.h"
#include "transform/dequant/block_codes.h"
#include "transform/dequant/block_floats.h"
#include "transform/view_source.h"

namespace slipway::transform {
namespace {

using tensor::Dtype;
using tensor::TensorInfo;
using tensor::TensorSource;

constexpr std::size_t kBlockElements = 64;
constexpr std::size_t kGroupElements = kBlockElements * 256;  // that share the scale of their scales
constexpr std::size_t kPieceElements = 2 * kGroupElements;    // made at a time

class RoundTripSource final : public TensorSource {
 public:
  RoundTripSource(std::shared_ptr<const TensorSource> source, std::vector<bool> chosen,
                  const OnLoadSettings& settings)
      : source_(std::move(source)),
        chosen_(std::move(chosen)),
        type_(settings.type),
        nested_(settings.nested),
        means_(chosen_.size()) {
    for (std::size_t i = 0; i < chosen_.size(); ++i) {
      TensorInfo info = source_->catalogue()[i];
      if (chosen_[i]) {
        info.tile_bytes = tile_elements() * (tensor::dtype_bits(info.dtype) / 8);
        if (nested_) info.passes = 2;
      }
      catalogue_.push_back(std::move(info));
    }
  }

  std::span<const TensorInfo> catalogue() const override { return catalogue_; }

  Result<void> read(std::size_t tensor, std::uint64_t offset, MutableBytes out) const override {
    if (!chosen_[tensor]) return source_->read(tensor, offset, out);
    SLIPWAY_ASSIGN(const float mean, mean_of(tensor));
    const std::uint64_t element_bytes = tensor::dtype_bits(catalogue_[tensor].dtype) / 8;
    const std::uint64_t elements = tensor::elements_of(catalogue_[tensor]);
    ByteVector piece;
    while (!out.empty()) {
      const std::uint64_t element = offset / element_bytes;
      const std::uint64_t first = element - element % tile_elements();
      const std::uint64_t wanted = (offset + out.size() + element_bytes - 1) / element_bytes - first;
      const std::uint64_t tiles = (wanted + tile_elements() - 1) / tile_elements();
      const std::uint64_t count =
          std::min({tiles * tile_elements(), elements - first, std::uint64_t{kPieceElements}});
      piece.resize(count * element_bytes);
      SLIPWAY_TRY(make(tensor, first, mean, piece));
      const std::size_t head = offset - first * element_bytes;
      const std::size_t step = std::min(out.size(), piece.size() - head);
      std::memcpy(out.data(), piece.data() + head, step);
      out = out.subspan(step);
      offset += step;
    }
    return {};
  }

  Result<void> prepare(std::size_t tensor) const override {
    SLIPWAY_TRY(source_->prepare(tensor));
    if (chosen_[tensor]) SLIPWAY_TRY(mean_of(tensor));
    return {};
  }

  ContentPtr extent(std::size_t tensor) const override {
    return chosen_[tensor] ? nullptr : source_->extent(tensor);
  }

 private:
  struct Mean {
    std::mutex mutex{};
    std::optional<float> value{};
  };

  std::uint64_t tile_elements() const { return nested_ ? kGroupElements : kBlockElements; }

  // `piece` as it is stored, and as 32-bit floats.
  Result<std::vector<float>> read_floats(std::size_t tensor, std::uint64_t first, MutableBytes piece) const {
    const Dtype dtype = catalogue_[tensor].dtype;
    const std::uint64_t element_bytes = tensor::dtype_bits(dtype) / 8;
    SLIPWAY_TRY(source_->read(tensor, first * element_bytes, piece));
    std::vector<float> values(piece.size() / element_bytes);
    CastCount ignored;
    cast_floats(dtype, piece, Dtype::kF32, std::as_writable_bytes(std::span(values)), ignored);
    return values;
  }

  // The mean of the scales; 0 where they are kept as they are.
  Result<float> mean_of(std::size_t tensor) const {
    if (!nested_) return 0.0F;
    Mean& mean = means_[tensor];
    const std::lock_guard lock(mean.mutex);
    if (mean.value) return *mean.value;
    const TensorInfo& info = catalogue_[tensor];
    const std::uint64_t element_bytes = tensor::dtype_bits(info.dtype) / 8;
    double sum = 0;
    std::uint64_t blocks = 0;
    ByteVector piece;
    for (std::uint64_t at = 0; at < info.size_bytes; at += piece.size()) {
      piece.resize(std::min<std::uint64_t>(kPieceElements * element_bytes, info.size_bytes - at));
      SLIPWAY_ASSIGN(const std::vector<float> values, read_floats(tensor, at / element_bytes, piece));
      const std::vector<float> scales = block_scales(values, kBlockElements);
      for (const float scale : scales) sum += static_cast<double>(scale);
      blocks += scales.size();
    }
    mean.value = blocks == 0 ? 0.0F : static_cast<float>(sum) / static_cast<float>(blocks);
    return *mean.value;
  }

  // In place of a piece that begins a tile.
  Result<void> make(std::size_t tensor, std::uint64_t first, float mean, MutableBytes piece) const {
    SLIPWAY_ASSIGN(const std::vector<float> values, read_floats(tensor, first, piece));
    std::vector<float> scales = block_scales(values, kBlockElements);
    const ByteVector codes = encode_blocks(values, scales, kBlockElements, four_bit_intervals(type_));
    if (nested_) round_trip_scales(scales, mean);
    const Dtype dtype = catalogue_[tensor].dtype;
    const ByteVector tables = block_tables(scales, four_bit_map(type_), dtype);
    decode_blocks(codes, tables, kBlockElements, values.size(), dtype, piece);
    return {};
  }

  std::shared_ptr<const TensorSource> source_;
  std::vector<bool> chosen_;
  FourBitType type_;
  bool nested_;
  std::vector<TensorInfo> catalogue_{};
  mutable std::deque<Mean> means_;
};

// Every float in the type that the model was loaded in.
std::shared_ptr<const TensorSource> cast_to(std::shared_ptr<const TensorSource> source, Dtype dtype) {
  std::vector<Viewed> viewed;
  for (std::size_t i = 0; i < source->catalogue().size(); ++i) {
    const TensorInfo& info = source->catalogue()[i];
    viewed.push_back({i, info.name, is_castable(info.dtype) ? std::optional(dtype) : std::nullopt});
  }
  return std::make_shared<ViewSource>(std::move(source), std::move(viewed));
}

}  // namespace

Result<std::shared_ptr<const TensorSource>> nf4_round_trip(std::shared_ptr<const TensorSource> source,
                                                           const OnLoadSettings& settings) {
  if (settings.load_dtype) source = cast_to(std::move(source), *settings.load_dtype);
  SLIPWAY_ASSIGN(std::vector<bool> chosen, quantised_on_load(source->catalogue(), settings));
  for (std::size_t i = 0; i < chosen.size(); ++i) {
    const TensorInfo& info = source->catalogue()[i];
    if (!chosen[i] || info.dtype != Dtype::kF64) continue;
    return fail(
        ErrorCode::kUnsupported,
        info.name + " is stored in 64 bits, which bitsandbytes does not quantise; load it in bfloat16");
  }
  return std::make_shared<RoundTripSource>(std::move(source), std::move(chosen), settings);
}

}  // namespace slipway::transform
