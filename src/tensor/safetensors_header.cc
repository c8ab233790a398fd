#include <algorithm>
#include <tuple>

#include <fmt/format.h>
#include "base/encoding.h"
#include "base/lfs_pointer.h"
#include "slipway/json.h"
#include "slipway/safetensors.h"
#include "tensor/tensor_name.h"

namespace slipway::tensor {
namespace {

constexpr std::uint64_t kLengthBytes = 8;
constexpr std::size_t kReadStepBytes = 1u << 20;
constexpr std::size_t kWarningsMax = 100;

std::unexpected<Error> corrupt(std::string message) {
  return fail(ErrorCode::kCorruptData, std::move(message));
}

void warn(SafetensorsHeader& header, std::string warning) {
  if (header.warnings.size() < kWarningsMax) header.warnings.push_back(std::move(warning));
}

// Only plain digits count: the format's numbers have no sign, fraction or exponent, not even "-0".
std::optional<std::uint64_t> whole_number(const json::Value& value) {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  if (!value.is_number() || !std::ranges::all_of(value.number_text(), is_digit)) return std::nullopt;
  return value.as_uint();
}

Result<std::vector<std::uint64_t>> whole_numbers(const std::string& name, std::string_view field,
                                                 const json::Value* value) {
  if (value == nullptr || !value->is_array()) {
    return corrupt(fmt::format("tensor {} has no list {}", shown_name(name), field));
  }
  std::vector<std::uint64_t> numbers;
  for (const json::Value& item : value->items()) {
    const auto number = whole_number(item);
    if (!number)
      return corrupt(
          fmt::format("tensor {}: {} holds something that is no whole number", shown_name(name), field));
    numbers.push_back(*number);
  }
  return numbers;
}

Result<Dtype> dtype_of(const std::string& name, const json::Value* value) {
  if (value == nullptr || !value->is_string())
    return corrupt(fmt::format("tensor {} has no dtype", shown_name(name)));
  const auto dtype = parse_dtype(value->string());
  if (!dtype) {
    return corrupt(fmt::format("tensor {} has the dtype {}, which safetensors does not know",
                               shown_name(name), shown_name(value->string())));
  }
  return *dtype;
}

void warn_of_unknown_fields(SafetensorsHeader& header, const std::string& name, const json::Value& entry) {
  for (const auto& [field, value] : entry.members()) {
    if (field == "dtype" || field == "shape" || field == "data_offsets") continue;
    warn(header, fmt::format("tensor {} has an unknown field {}, which readers ignore", shown_name(name),
                             shown_name(field)));
  }
}

Result<void> check_size(const TensorInfo& tensor, std::uint64_t begin, std::uint64_t end) {
  if (end < begin) return corrupt(fmt::format("tensor {} ends before it begins", shown_name(tensor.name)));
  if (end - begin != tensor.size_bytes) {
    return corrupt(fmt::format("tensor {} takes {} bytes, but its shape and dtype need {}",
                               shown_name(tensor.name), end - begin, tensor.size_bytes));
  }
  return {};
}

// tensor_size_bytes() says 0 both for an empty tensor and for one that cannot be: told apart here.
Result<std::uint64_t> size_of(const TensorInfo& tensor) {
  const std::uint64_t size = tensor_size_bytes({tensor.name, tensor.dtype, tensor.shape});
  if (size > 0) return size;
  std::optional<std::uint64_t> elements = 1;
  for (const std::uint64_t extent : tensor.shape) {
    elements = checked_mul(*elements, extent);
    if (!elements)
      return corrupt(fmt::format("tensor {} has a shape too large to count", shown_name(tensor.name)));
  }
  if (*elements == 0) return 0;
  if (!checked_mul(*elements, dtype_bits(tensor.dtype))) {
    return corrupt(fmt::format("tensor {} has a shape too large to count", shown_name(tensor.name)));
  }
  return corrupt(fmt::format("tensor {} does not fill whole bytes", shown_name(tensor.name)));
}

Result<TensorInfo> read_entry(SafetensorsHeader& header, const std::string& name, const json::Value& entry) {
  if (!entry.is_object())
    return corrupt(fmt::format("tensor {} is not described by an object", shown_name(name)));
  TensorInfo tensor{.name = name};
  SLIPWAY_ASSIGN(tensor.dtype, dtype_of(name, entry.find("dtype")));
  SLIPWAY_ASSIGN(tensor.shape, whole_numbers(name, "shape", entry.find("shape")));
  SLIPWAY_ASSIGN(const auto offsets, whole_numbers(name, "data_offsets", entry.find("data_offsets")));
  if (offsets.size() != 2)
    return corrupt(fmt::format("tensor {}: data_offsets are not a pair", shown_name(name)));
  SLIPWAY_ASSIGN(tensor.size_bytes, size_of(tensor));
  SLIPWAY_TRY(check_size(tensor, offsets[0], offsets[1]));
  tensor.file_offset_bytes = offsets[0];  // becomes absolute once the tiling is checked
  warn_of_unknown_fields(header, name, entry);
  if (const auto odd = oddness(name))
    warn(header, fmt::format("the tensor name {} {}", shown_name(name), *odd));
  return tensor;
}

Result<void> read_metadata(SafetensorsHeader& header, const json::Value& value) {
  if (value.is_null()) return {};  // the official reader takes it as absent
  if (!value.is_object()) return corrupt("__metadata__ is not an object of strings");
  header.has_metadata = true;
  for (const auto& [key, text] : value.members()) {
    if (!text.is_string()) return corrupt(fmt::format("__metadata__ {} is not a string", shown_name(key)));
    header.metadata.emplace(key, text.string());
  }
  return {};
}

// Every data byte belongs to exactly one tensor: no hole, no overlap, nothing after the last.
Result<void> check_tiling(SafetensorsHeader& header, std::uint64_t data_begin,
                          std::uint64_t file_size_bytes) {
  const auto place = [](const TensorInfo& tensor) {
    return std::tuple(tensor.file_offset_bytes, tensor.size_bytes, std::string_view(tensor.name));
  };
  std::ranges::sort(header.tensors, {}, place);
  std::uint64_t expected = 0;
  for (TensorInfo& tensor : header.tensors) {
    if (tensor.file_offset_bytes != expected) {
      return corrupt(fmt::format("tensor {} begins at data byte {}, but the one before it ends at {}",
                                 shown_name(tensor.name), tensor.file_offset_bytes, expected));
    }
    expected += tensor.size_bytes;  // offsets are u64 pairs that were checked: no overflow
    tensor.file_offset_bytes += data_begin;
  }
  const std::uint64_t present = file_size_bytes - data_begin;
  if (expected == present) return {};
  if (expected < present) {
    return corrupt(fmt::format("{} bytes after the last tensor belong to none", present - expected));
  }
  return corrupt(fmt::format("the file ends {} bytes early, in or before tensor {}: copy it again",
                             expected - present, shown_name(header.tensors.back().name)));
}

// Its first bytes, read as a length, are more than any file has.
Result<void> refuse_other_files(os::ReadFile& file, std::uint64_t file_size_bytes) {
  std::byte start[kLfsPointerStart.size()];
  const auto read = MutableBytes(start).first(std::min<std::uint64_t>(sizeof start, file_size_bytes));
  SLIPWAY_TRY(file.read_exact(0, read));
  const std::string_view text = as_text(read);
  if (is_lfs_pointer(text)) return corrupt(std::string(kLfsPointerWords));
  if (text.starts_with("<!DOCTYPE") || text.starts_with("<html"))
    return corrupt("is a web page, not a safetensors file: fetch it again");
  return {};
}

Result<void> check_length(std::uint64_t header_bytes, std::uint64_t file_size_bytes) {
  if (header_bytes > kHeaderBytesMax) {
    return corrupt(fmt::format("declares a header of {} bytes, more than the format's {}", header_bytes,
                               kHeaderBytesMax));
  }
  if (file_size_bytes < kLengthBytes || header_bytes > file_size_bytes - kLengthBytes) {
    return corrupt(fmt::format("declares a header of {} bytes, but the file has only {}: copy it again",
                               header_bytes, file_size_bytes));
  }
  return {};
}

}  // namespace

Result<SafetensorsHeader> parse_safetensors_header(Bytes bytes, std::uint64_t file_size_bytes) {
  SLIPWAY_TRY(check_length(bytes.size(), file_size_bytes));
  const std::string_view text = as_text(bytes);
  if (!is_utf8(text)) return corrupt("the header is not UTF-8");
  SLIPWAY_ASSIGN_WITHIN(const auto root, "header",
                        json::parse(text, {.allow_nan = false, .bytes_max = kHeaderBytesMax}));
  if (!root.is_object()) return corrupt("the header is not a JSON object");

  SafetensorsHeader header{.header_bytes = bytes.size()};
  for (const auto& [name, value] : root.members()) {
    if (name == "__metadata__") {
      SLIPWAY_TRY(read_metadata(header, value));
    } else {
      SLIPWAY_ASSIGN(auto tensor, read_entry(header, name, value));
      header.tensors.push_back(std::move(tensor));
    }
  }
  SLIPWAY_TRY(check_tiling(header, kLengthBytes + bytes.size(), file_size_bytes));
  return header;
}

Result<SafetensorsHeader> read_safetensors_header(os::ReadFile& file, std::uint64_t file_size_bytes) {
  if (file_size_bytes < kLengthBytes) {
    return corrupt(
        fmt::format("has {} bytes, too few for a safetensors file: copy it again", file_size_bytes));
  }
  std::byte length[kLengthBytes];
  SLIPWAY_TRY(file.read_exact(0, length));
  std::uint64_t header_bytes = 0;
  for (std::size_t i = kLengthBytes; i-- > 0;)
    header_bytes = header_bytes << 8 | std::to_integer<std::uint64_t>(length[i]);
  if (header_bytes > kHeaderBytesMax) SLIPWAY_TRY(refuse_other_files(file, file_size_bytes));
  SLIPWAY_TRY(check_length(header_bytes, file_size_bytes));

  ByteVector header;  // grows with what is really there, not with what the file says
  while (header.size() < header_bytes) {
    const std::size_t at = header.size();
    header.resize(at + std::min<std::size_t>(kReadStepBytes, header_bytes - at));
    SLIPWAY_TRY(file.read_exact(kLengthBytes + at, MutableBytes(header).subspan(at)));
  }
  return parse_safetensors_header(header, file_size_bytes);
}

}  // namespace slipway::tensor
