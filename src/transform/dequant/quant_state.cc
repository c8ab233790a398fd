#include "transform/dequant/quant_state.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>

#include <fmt/format.h>

#include "slipway/json.h"
#include "slipway/safetensors.h"

namespace slipway::transform {
namespace {

using tensor::Dtype;

constexpr std::size_t kDimensionsMax = 8;
constexpr std::uint64_t kBlockMin = 32;
constexpr std::uint64_t kBlockMax = 4096;
constexpr auto kKeys = std::to_array<std::string_view>(
    {"quant_type", "blocksize", "dtype", "shape", "nested_blocksize", "nested_dtype", "nested_offset"});

std::unexpected<Error> wrong(std::string_view key, std::string_view what) {
  return fail(ErrorCode::kCorruptData,
              fmt::format("{} {}; save the quantised model again with bitsandbytes", key, what));
}

Result<void> refuse_other_keys(const json::Value& root) {
  if (!root.is_object()) return wrong("the quantisation state", "is no JSON object");
  for (const auto& [key, value] : root.members()) {
    if (std::ranges::find(kKeys, key) != kKeys.end()) continue;
    return fail(ErrorCode::kUnsupported,
                fmt::format("{} is a key of the quantisation state that this version does not know", key));
  }
  return {};
}

Result<std::uint64_t> read_block(const json::Value& root, std::string_view key) {
  const json::Value* value = root.find(key);
  const auto elements = value == nullptr ? std::nullopt : value->as_uint();
  if (!elements) return wrong(key, "is missing or no number");
  if (*elements < kBlockMin || *elements > kBlockMax || !std::has_single_bit(*elements))
    return wrong(key,
                 fmt::format("is {}, not a power of two from {} to {}", *elements, kBlockMin, kBlockMax));
  return *elements;
}

Result<FourBitType> read_type(const json::Value& root) {
  const json::Value* value = root.find("quant_type");
  const auto type = value == nullptr ? std::nullopt : parse_four_bit(value->string());
  if (!type) return wrong("quant_type", "is neither \"nf4\" nor \"fp4\"");
  return *type;
}

Result<Dtype> read_dtype(const json::Value& root) {
  const json::Value* value = root.find("dtype");
  for (const Dtype dtype : {Dtype::kBF16, Dtype::kF16, Dtype::kF32}) {
    if (value != nullptr && value->string() == tensor::torch_name(dtype)) return dtype;
  }
  return wrong("dtype", "is none of \"bfloat16\", \"float16\" and \"float32\"");
}

Result<void> read_shape(const json::Value& root, QuantState& state) {
  const json::Value* value = root.find("shape");
  if (value == nullptr || !value->is_array() || value->items().empty())
    return wrong("shape", "is missing or no list of numbers");
  if (value->items().size() > kDimensionsMax)
    return wrong("shape", fmt::format("has more than {} dimensions", kDimensionsMax));
  for (const json::Value& item : value->items()) {
    const auto extent = item.as_uint();
    if (!extent || *extent == 0) return wrong("shape", "holds something else than positive whole numbers");
    state.shape.push_back(*extent);
  }
  const std::uint64_t size = tensor::tensor_size_bytes({"", Dtype::kF32, state.shape});
  if (size == 0) return wrong("shape", "is too large for any file");
  state.elements = size / sizeof(float);
  return {};
}

Result<std::optional<NestedScales>> read_nested(const json::Value& root) {
  const json::Value* offset = root.find("nested_offset");
  const json::Value* dtype = root.find("nested_dtype");
  if (offset == nullptr && dtype == nullptr && root.find("nested_blocksize") == nullptr)
    return std::optional<NestedScales>{};
  SLIPWAY_ASSIGN(const std::uint64_t block, read_block(root, "nested_blocksize"));
  if (dtype == nullptr || dtype->string() != "float32") return wrong("nested_dtype", "is not \"float32\"");
  const auto number = offset == nullptr ? std::nullopt : offset->as_double();
  const auto value = number ? std::optional(static_cast<float>(*number)) : std::nullopt;
  if (!value || !std::isfinite(*value)) return wrong("nested_offset", "is missing or no finite number");
  return std::optional(NestedScales{.block_elements = block, .offset = *value});
}

}  // namespace

Result<QuantState> parse_quant_state(std::string_view text) {
  SLIPWAY_ASSIGN_WITHIN(const json::Value root, "the quantisation state",
                        json::parse(text, {.bytes_max = kQuantStateBytesMax}));
  SLIPWAY_TRY(refuse_other_keys(root));
  QuantState state;
  SLIPWAY_ASSIGN(state.type, read_type(root));
  SLIPWAY_ASSIGN(state.block_elements, read_block(root, "blocksize"));
  SLIPWAY_ASSIGN(state.dtype, read_dtype(root));
  SLIPWAY_TRY(read_shape(root, state));
  SLIPWAY_ASSIGN(state.nested, read_nested(root));
  return state;
}

}  // namespace slipway::transform
