#include "slipway/dtype.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "slipway/result.h"

namespace slipway::tensor {
namespace {

struct DtypeRow {
  std::string_view name;
  std::string_view torch;
  std::uint32_t bits;
};

// One row an enumerator, in its order.
constexpr DtypeRow kRows[] = {
    {"BOOL", "bool", 8},
    {"F4", "float4_e2m1fn_x2", 4},
    {"F6_E2M3", "", 6},
    {"F6_E3M2", "", 6},
    {"U8", "uint8", 8},
    {"I8", "int8", 8},
    {"F8_E5M2", "float8_e5m2", 8},
    {"F8_E4M3", "float8_e4m3fn", 8},
    {"F8_E8M0", "float8_e8m0fnu", 8},
    {"F8_E4M3FNUZ", "float8_e4m3fnuz", 8},
    {"F8_E5M2FNUZ", "float8_e5m2fnuz", 8},
    {"I16", "int16", 16},
    {"U16", "uint16", 16},
    {"F16", "float16", 16},
    {"BF16", "bfloat16", 16},
    {"I32", "int32", 32},
    {"U32", "uint32", 32},
    {"F32", "float32", 32},
    {"C64", "complex64", 64},
    {"F64", "float64", 64},
    {"I64", "int64", 64},
    {"U64", "uint64", 64},
};
static_assert(std::size(kRows) == std::to_underlying(Dtype::kU64) + 1);

const DtypeRow& row(Dtype dtype) {
  const auto index = std::to_underlying(dtype);
  SLIPWAY_CHECK(index < std::size(kRows));
  return kRows[index];
}

}  // namespace

std::optional<Dtype> parse_dtype(std::string_view name) {
  const auto* found = std::ranges::find(kRows, name, &DtypeRow::name);
  if (found == std::end(kRows)) return std::nullopt;
  return static_cast<Dtype>(std::distance(std::begin(kRows), found));
}

std::string_view dtype_name(Dtype dtype) { return row(dtype).name; }

std::uint32_t dtype_bits(Dtype dtype) { return row(dtype).bits; }

std::string_view torch_name(Dtype dtype) { return row(dtype).torch; }

bool is_float(Dtype dtype) {
  switch (dtype) {
    case Dtype::kF64:
    case Dtype::kF32:
    case Dtype::kF16:
    case Dtype::kBF16:
    case Dtype::kF8E5M2:
    case Dtype::kF8E4M3:
    case Dtype::kF8E8M0:
    case Dtype::kF8E4M3Fnuz:
    case Dtype::kF8E5M2Fnuz:
      return true;
    default:
      return false;
  }
}

}  // namespace slipway::tensor
