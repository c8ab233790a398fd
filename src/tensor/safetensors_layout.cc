#include <algorithm>
#include <numeric>
#include <utility>

#include <fmt/format.h>
#include "base/encoding.h"
#include "slipway/json.h"
#include "slipway/safetensors.h"
#include "tensor/tensor_name.h"

namespace slipway::tensor {
namespace {

constexpr std::size_t kHeaderAlignment = 8;
constexpr std::string_view kMetadataKey = "__metadata__";

std::string json_string(std::string_view text) { return json::print_compact(json::Value(text)); }

// The official order: dtype descending as the enum counts, then the name's bytes ascending.
std::vector<std::size_t> writer_order(const std::vector<TensorSpec>& tensors) {
  std::vector<std::size_t> order(tensors.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, [&](std::size_t a, std::size_t b) {
    if (tensors[a].dtype != tensors[b].dtype) return tensors[a].dtype > tensors[b].dtype;
    return tensors[a].name < tensors[b].name;
  });
  return order;
}

std::optional<std::uint64_t> checked_size(const TensorSpec& tensor) {
  std::optional<std::uint64_t> elements = 1;
  for (const std::uint64_t extent : tensor.shape) {
    elements = checked_mul(*elements, extent);
    if (!elements) return std::nullopt;
  }
  const auto bits = checked_mul(*elements, dtype_bits(tensor.dtype));
  if (!bits || *bits % 8 != 0) return std::nullopt;
  return *bits / 8;
}

Result<void> check_spec(const TensorSpec& tensor) {
  if (!is_utf8(tensor.name)) {
    return fail(ErrorCode::kInvalidArgument,
                fmt::format("the tensor name {} cannot be stored", shown_name(tensor.name)));
  }
  if (tensor.name == kMetadataKey) {
    return fail(ErrorCode::kInvalidArgument, "a tensor cannot be named __metadata__ in a safetensors file");
  }
  if (!checked_size(tensor)) {
    return fail(ErrorCode::kInvalidArgument,
                fmt::format("tensor {} is too large or does not fill whole bytes", shown_name(tensor.name)));
  }
  return {};
}

Result<void> check_names_differ(const std::vector<TensorSpec>& tensors) {
  std::vector<std::string_view> names;
  for (const TensorSpec& tensor : tensors) names.emplace_back(tensor.name);
  std::ranges::sort(names);
  const auto twice = std::ranges::adjacent_find(names);
  if (twice == names.end()) return {};
  return fail(ErrorCode::kInvalidArgument, fmt::format("two tensors are named {}", shown_name(*twice)));
}

void append_metadata(std::string& out, const std::map<std::string, std::string>& metadata) {
  if (metadata.empty()) return;
  out += json_string(kMetadataKey) + ":{";
  for (const auto& [key, value] : metadata) out += json_string(key) + ":" + json_string(value) + ",";
  out.back() = '}';
  out += ',';
}

std::string entry(const TensorSpec& tensor, std::uint64_t begin, std::uint64_t end) {
  return fmt::format(R"({}:{{"dtype":"{}","shape":[{}],"data_offsets":[{},{}]}},)", json_string(tensor.name),
                     dtype_name(tensor.dtype), fmt::join(tensor.shape, ","), begin, end);
}

// Closes the object, pads it and puts its length before it.
std::string framed(std::string json) {
  if (json.ends_with(',')) json.pop_back();
  json += '}';
  json.resize((json.size() + kHeaderAlignment - 1) / kHeaderAlignment * kHeaderAlignment, ' ');
  std::string file_begin;
  for (unsigned byte = 0; byte < 8; ++byte) {
    file_begin += static_cast<char>(static_cast<std::uint64_t>(json.size()) >> (8 * byte) & 0xFF);
  }
  return file_begin + json;
}

}  // namespace

std::uint64_t tensor_size_bytes(const TensorSpec& tensor) { return checked_size(tensor).value_or(0); }

Result<SafetensorsLayout> lay_out_safetensors(const std::vector<TensorSpec>& tensors,
                                              const std::map<std::string, std::string>& metadata) {
  for (const TensorSpec& tensor : tensors) SLIPWAY_TRY(check_spec(tensor));
  SLIPWAY_TRY(check_names_differ(tensors));

  SafetensorsLayout layout{.order = writer_order(tensors)};
  layout.offset_bytes.resize(tensors.size());
  std::string json = "{";
  append_metadata(json, metadata);
  std::uint64_t end = 0;
  for (const std::size_t index : layout.order) {
    const std::uint64_t begin = end;
    const auto sum = checked_add(begin, tensor_size_bytes(tensors[index]));
    if (!sum) return fail(ErrorCode::kInvalidArgument, "the tensors are too large for one safetensors file");
    end = *sum;
    layout.offset_bytes[index] = begin;
    json += entry(tensors[index], begin, end);
    if (json.size() > kWrittenHeaderBytesMax) {
      return fail(
          ErrorCode::kInvalidArgument,
          fmt::format(
              "a safetensors header of more than {} bytes is not read by Hub clients: use smaller shards",
              kWrittenHeaderBytesMax));
    }
  }
  layout.header = framed(std::move(json));
  const auto file_size = checked_add(layout.header.size(), end);
  if (!file_size)
    return fail(ErrorCode::kInvalidArgument, "the tensors are too large for one safetensors file");
  layout.file_size_bytes = *file_size;
  for (std::uint64_t& offset : layout.offset_bytes) offset += layout.header.size();
  return layout;
}

}  // namespace slipway::tensor
