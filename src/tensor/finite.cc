#include "tensor/finite.h"

#include <algorithm>
#include <cstring>

#include <fmt/format.h>
#include "tensor/tensor_name.h"

namespace slipway::tensor {
namespace {

// How a dtype spells what is not finite: an element whose `mask` bits equal `want` is NaN or infinity;
// it is infinity where the dtype has one and no `mantissa` bit is set.
struct FloatForm {
  std::uint32_t lane_bits = 0;
  std::uint64_t mask = 0;
  std::uint64_t want = 0;
  std::uint64_t mantissa = 0;
  bool has_inf = true;
};

std::optional<FloatForm> form_of(Dtype dtype) {
  switch (dtype) {
    case Dtype::kF64:
      return FloatForm{64, 0x7FF0'0000'0000'0000, 0x7FF0'0000'0000'0000, 0x000F'FFFF'FFFF'FFFF};
    case Dtype::kF32:
    case Dtype::kC64:  // two F32 an element
      return FloatForm{32, 0x7F80'0000, 0x7F80'0000, 0x007F'FFFF};
    case Dtype::kBF16:
      return FloatForm{16, 0x7F80, 0x7F80, 0x007F};
    case Dtype::kF16:
      return FloatForm{16, 0x7C00, 0x7C00, 0x03FF};
    case Dtype::kF8E5M2:
      return FloatForm{8, 0x7C, 0x7C, 0x03};
    case Dtype::kF8E4M3:
      return FloatForm{8, 0x7F, 0x7F, 0, false};
    case Dtype::kF8E8M0:
      return FloatForm{8, 0xFF, 0xFF, 0, false};
    case Dtype::kF8E4M3Fnuz:
    case Dtype::kF8E5M2Fnuz:
      return FloatForm{8, 0xFF, 0x80, 0, false};
    default:
      return std::nullopt;
  }
}

constexpr std::size_t kWordBytes = 8;
constexpr std::size_t kBlockBytes = 4096;  // counted element by element only when it holds a find

// The value in every lane of a word.
std::uint64_t repeated(std::uint64_t value, std::uint32_t lane_bits) {
  std::uint64_t word = 0;
  for (std::uint32_t shift = 0; shift < 64; shift += lane_bits) word |= value << shift;
  return word;
}

// Whether some lane is not finite. (t - low) & ~t & high is non-zero exactly when a lane of t is zero.
bool holds_non_finite(const FloatForm& form, Bytes words) {
  const std::uint64_t mask = repeated(form.mask, form.lane_bits);
  const std::uint64_t want = repeated(form.want, form.lane_bits);
  const std::uint64_t low = repeated(1, form.lane_bits);
  const std::uint64_t high = repeated(std::uint64_t{1} << (form.lane_bits - 1), form.lane_bits);
  std::uint64_t found = 0;
  for (std::size_t at = 0; at < words.size(); at += kWordBytes) {
    std::uint64_t word = 0;
    std::memcpy(&word, words.data() + at, kWordBytes);
    const std::uint64_t t = (word & mask) ^ want;
    found |= (t - low) & ~t & high;
  }
  return found != 0;
}

void count_elements(const FloatForm& form, Bytes bytes, std::uint64_t& nan, std::uint64_t& inf) {
  const std::size_t lane_bytes = form.lane_bits / 8;
  for (std::size_t at = 0; at + lane_bytes <= bytes.size(); at += lane_bytes) {
    std::uint64_t value = 0;
    for (std::size_t i = lane_bytes; i-- > 0;)
      value = value << 8 | std::to_integer<std::uint64_t>(bytes[at + i]);
    if ((value & form.mask) != form.want) continue;
    const bool is_inf = form.has_inf && (value & form.mantissa) == 0;
    ++(is_inf ? inf : nan);
  }
}

Result<void> scan(const TensorSource& source, std::size_t index, MutableBytes buffer, NonFinite& found) {
  const TensorInfo& tensor = source.catalogue()[index];
  if (tensor.passes > 1) SLIPWAY_TRY(source.prepare(index));
  for (std::uint64_t at = 0; at < tensor.size_bytes;) {
    const auto step =
        static_cast<std::size_t>(std::min<std::uint64_t>(buffer.size(), tensor.size_bytes - at));
    SLIPWAY_TRY(source.read(index, at, buffer.first(step)));
    count_non_finite(tensor.dtype, buffer.first(step), found.nan, found.inf);
    at += step;
  }
  return {};
}

}  // namespace

void count_non_finite(Dtype dtype, Bytes bytes, std::uint64_t& nan, std::uint64_t& inf) {
  const auto form = form_of(dtype);
  if (!form) return;
  while (!bytes.empty()) {
    const Bytes block = bytes.first(std::min(kBlockBytes, bytes.size()));
    const std::size_t whole = block.size() / kWordBytes * kWordBytes;
    if (whole < block.size() || holds_non_finite(*form, block)) count_elements(*form, block, nan, inf);
    bytes = bytes.subspan(block.size());
  }
}

std::uint64_t count_odd_bools(Bytes bytes) {
  const auto odd = std::ranges::count_if(bytes, [](std::byte b) { return b > std::byte{1}; });
  return static_cast<std::uint64_t>(odd);
}

Result<std::vector<NonFinite>> find_non_finite(const TensorSource& source, std::uint64_t buffer_bytes) {
  std::uint64_t largest = 0;
  for (const TensorInfo& tensor : source.catalogue()) largest = std::max(largest, tensor.size_bytes);
  const std::uint64_t whole = std::max<std::uint64_t>(buffer_bytes / kWordBytes * kWordBytes, kWordBytes);
  ByteVector buffer(static_cast<std::size_t>(std::min(whole, std::max<std::uint64_t>(largest, 1))));

  std::vector<NonFinite> all;
  for (std::size_t i = 0; i < source.catalogue().size(); ++i) {
    const TensorInfo& tensor = source.catalogue()[i];
    if (!form_of(tensor.dtype)) continue;
    NonFinite found{.tensor = tensor.name, .file = tensor.file};
    SLIPWAY_TRY(scan(source, i, buffer, found));
    if (found.nan + found.inf > 0) all.push_back(std::move(found));
  }
  return all;
}

}  // namespace slipway::tensor
