#include "transform/dequant/dequantised.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "slipway/safetensors.h"
#include "transform/dequant/block_floats.h"
#include "transform/dequant/four_bit_parts.h"
#include "transform/dequant/quant_state.h"

namespace slipway::transform {
namespace {

using tensor::Dtype;
using tensor::TensorInfo;
using tensor::TensorSource;

constexpr std::uint64_t kPieceElements = 64u << 10;  // made at a time; a multiple of every block

struct Weight {
  FourBitParts parts{};
  QuantState state{};
  FourBitMap map{};
  std::vector<float> nested_map{};
};

std::unexpected<Error> misfit(const TensorInfo& part, std::string_view what) {
  return fail(ErrorCode::kCorruptData,
              fmt::format("{} in {} is {} of shape [{}], and {}; save the quantised model again", part.name,
                          part.file, tensor::dtype_name(part.dtype), fmt::join(part.shape, ", "), what));
}

class Opening {
 public:
  Opening(const TensorSource& source, const FourBitParts& parts) : source_(source), parts_(parts) {}

  Result<Weight> open() const {
    Weight weight{.parts = parts_};
    const TensorInfo& state = part(parts_.state);
    SLIPWAY_ASSIGN_WITHIN(weight.state, fmt::format("{} in {}", state.name, state.file), read_state(state));
    SLIPWAY_TRY(check_codes(weight.state));
    SLIPWAY_TRY(check_scales(weight.state));
    SLIPWAY_TRY(expect(parts_.map, Dtype::kF32, kFourBitCodes));
    SLIPWAY_TRY(source_.read(parts_.map, 0, std::as_writable_bytes(std::span(weight.map))));
    if (!weight.state.nested) return weight;
    SLIPWAY_TRY(expect(*parts_.nested_map, Dtype::kF32, kScaleCodes));
    weight.nested_map.resize(kScaleCodes);
    SLIPWAY_TRY(source_.read(*parts_.nested_map, 0, std::as_writable_bytes(std::span(weight.nested_map))));
    return weight;
  }

 private:
  const TensorInfo& part(std::size_t index) const { return source_.catalogue()[index]; }

  Result<QuantState> read_state(const TensorInfo& info) const {
    if (info.dtype != Dtype::kU8 || info.size_bytes > kQuantStateBytesMax)
      return misfit(info, fmt::format("a state is U8 and at most {} bytes", kQuantStateBytesMax));
    std::string text(info.size_bytes, '\0');
    SLIPWAY_TRY(source_.read(parts_.state, 0, std::as_writable_bytes(std::span(text))));
    SLIPWAY_ASSIGN(QuantState state, parse_quant_state(text));
    if (state.type != parts_.type)
      return fail(ErrorCode::kCorruptData, fmt::format("it says {} of itself; save the quantised model again",
                                                       four_bit_name(state.type)));
    return state;
  }

  Result<void> check_codes(const QuantState& state) const {
    const TensorInfo& codes = part(parts_.codes);
    const std::uint64_t bytes = state.elements / 2 + state.elements % 2;
    if (codes.size_bytes != bytes)
      return misfit(codes, fmt::format("{} values of 4 bits take {} bytes", state.elements, bytes));
    const bool old_form = codes.shape.size() == 2 && codes.shape[0] == 1 && codes.shape[1] > 1;
    if (!old_form) return {};
    return fail(
        ErrorCode::kUnsupported,
        fmt::format("{} in {} holds its codes as a row, as an early bitsandbytes wrote the transpose of "
                    "a weight; load the model and save it again with a newer one",
                    codes.name, codes.file));
  }

  Result<void> check_scales(const QuantState& state) const {
    if (!state.nested && !parts_.nested_scales) return expect(parts_.scales, Dtype::kF32, state.blocks());
    if (!parts_.nested_scales)
      return misfit(part(parts_.scales), "its state says that it is nested, but .nested_absmax is missing");
    if (!state.nested)
      return misfit(part(*parts_.nested_scales), "the weight's state does not say that it is nested");
    SLIPWAY_TRY(expect(parts_.scales, Dtype::kU8, state.blocks()));
    const std::uint64_t block = state.nested->block_elements;
    return expect(*parts_.nested_scales, Dtype::kF32, (state.blocks() + block - 1) / block);
  }

  Result<void> expect(std::size_t index, Dtype dtype, std::uint64_t elements) const {
    const TensorInfo& info = part(index);
    if (info.dtype == dtype && tensor::elements_of(info) == elements) return {};
    return misfit(info, fmt::format("{} values of {} are needed", elements, tensor::dtype_name(dtype)));
  }

  const TensorSource& source_;
  const FourBitParts& parts_;
};

class DequantisedSource final : public TensorSource {
 public:
  static Result<std::shared_ptr<const TensorSource>> open(std::shared_ptr<const TensorSource> source) {
    SLIPWAY_ASSIGN(SplitCatalogue split, split_four_bit(source->catalogue()));
    auto made = std::make_shared<DequantisedSource>();
    made->from_ = std::move(split.kept);
    for (std::size_t i = 0; i < made->from_.size(); ++i) {
      TensorInfo info = source->catalogue()[made->from_[i]];
      if (!split.parts[i]) {
        made->weights_.emplace_back();
      } else {
        SLIPWAY_ASSIGN(Weight weight, Opening(*source, *split.parts[i]).open());
        describe(weight.state, info);
        made->weights_.push_back(std::move(weight));
      }
      made->catalogue_.push_back(std::move(info));
    }
    made->source_ = std::move(source);
    return made;
  }

  std::span<const TensorInfo> catalogue() const override { return catalogue_; }

  Result<void> read(std::size_t tensor, std::uint64_t offset, MutableBytes out) const override {
    if (!weights_[tensor]) return source_->read(from_[tensor], offset, out);
    const Weight& weight = *weights_[tensor];
    const std::uint64_t element_bytes = tensor::dtype_bits(weight.state.dtype) / 8;
    ByteVector made;
    while (!out.empty()) {
      const std::uint64_t element = offset / element_bytes;
      const std::uint64_t first = element - element % weight.state.block_elements;
      const std::uint64_t end = (offset + out.size() + element_bytes - 1) / element_bytes;
      const std::uint64_t count = std::min(end - first, kPieceElements);
      made.resize(count * element_bytes);
      SLIPWAY_TRY(make(weight, first, count, made));
      const std::size_t head = offset - first * element_bytes;
      const std::size_t step = std::min(out.size(), made.size() - head);
      std::memcpy(out.data(), made.data() + head, step);
      out = out.subspan(step);
      offset += step;
    }
    return {};
  }

  Result<void> prepare(std::size_t tensor) const override { return source_->prepare(from_[tensor]); }

  ContentPtr extent(std::size_t tensor) const override {
    return weights_[tensor] ? nullptr : source_->extent(from_[tensor]);
  }

 private:
  static void describe(const QuantState& state, TensorInfo& info) {
    info.dtype = state.dtype;
    info.shape = state.shape;
    info.size_bytes = state.elements * (tensor::dtype_bits(state.dtype) / 8);
    info.tile_bytes = state.block_elements * (tensor::dtype_bits(state.dtype) / 8);
  }

  // `count` elements from `first`, which begins a block.
  Result<void> make(const Weight& weight, std::uint64_t first, std::uint64_t count, MutableBytes out) const {
    const QuantState& state = weight.state;
    ByteVector codes(count / 2 + count % 2);
    SLIPWAY_TRY(source_->read(weight.parts.codes, first / 2, codes));
    std::vector<float> scales((count + state.block_elements - 1) / state.block_elements);
    SLIPWAY_TRY(read_scales(weight, first / state.block_elements, scales));
    const ByteVector tables = block_tables(scales, weight.map, state.dtype);
    decode_blocks(codes, tables, state.block_elements, count, state.dtype, out);
    return {};
  }

  Result<void> read_scales(const Weight& weight, std::uint64_t first, std::span<float> scales) const {
    if (!weight.state.nested)
      return source_->read(weight.parts.scales, first * sizeof(float), std::as_writable_bytes(scales));
    const NestedScales& nested = *weight.state.nested;
    std::vector<std::uint8_t> codes(scales.size());
    SLIPWAY_TRY(source_->read(weight.parts.scales, first, std::as_writable_bytes(std::span(codes))));
    const std::uint64_t first_group = first / nested.block_elements;
    const std::uint64_t last_group = (first + scales.size() - 1) / nested.block_elements;
    std::vector<float> groups(last_group - first_group + 1);
    SLIPWAY_TRY(source_->read(*weight.parts.nested_scales, first_group * sizeof(float),
                              std::as_writable_bytes(std::span(groups))));
    for (std::size_t i = 0; i < scales.size(); ++i) {
      const float group = groups[(first + i) / nested.block_elements - first_group];
      const float product = weight.nested_map[codes[i]] * group;
      scales[i] = product + nested.offset;
    }
    return {};
  }

  std::shared_ptr<const TensorSource> source_{};
  std::vector<std::size_t> from_{};               // of each tensor, in the source's catalogue
  std::vector<std::optional<Weight>> weights_{};  // of those that are 4-bit there
  std::vector<TensorInfo> catalogue_{};
};

}  // namespace

bool is_of_conv1d(const json::Value& config) {
  constexpr auto kTypes =
      std::to_array<std::string_view>({"gpt2", "openai-gpt", "imagegpt", "decision_transformer"});
  const json::Value* type = config.find("model_type");
  return type != nullptr && std::ranges::find(kTypes, type->string()) != kTypes.end();
}

Result<std::shared_ptr<const TensorSource>> dequantised(std::shared_ptr<const TensorSource> source,
                                                        const json::Value& config) {
  if (is_of_conv1d(config))
    return fail(ErrorCode::kUnsupported,
                fmt::format("{} keeps its weights transposed when they are quantised, which is not undone by "
                            "this version; take the 16-bit model that it was made from",
                            config.find("model_type")->string()));
  SLIPWAY_ASSIGN(auto made, DequantisedSource::open(source));
  const bool nothing = made->catalogue().size() == source->catalogue().size();
  if (nothing)
    return fail(ErrorCode::kInvalidArgument,
                "none of the weights is a 4-bit weight of bitsandbytes, so nothing can be dequantised; other "
                "quantised models are published as they are");
  return made;
}

}  // namespace slipway::transform
