// slipway/dtype.h - the element types of safetensors, in the order its writer sorts them.
//
// Floor      tensor
// Source     huggingface/safetensors src/tensor.rs, enum Dtype
// Threads    value
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace slipway::tensor {

// The enum's order is the format's: the official writer sorts by it, descending.
enum class Dtype : std::uint8_t {
  kBool,
  kF4,
  kF6E2M3,
  kF6E3M2,
  kU8,
  kI8,
  kF8E5M2,
  kF8E4M3,
  kF8E8M0,
  kF8E4M3Fnuz,
  kF8E5M2Fnuz,
  kI16,
  kU16,
  kF16,
  kBF16,
  kI32,
  kU32,
  kF32,
  kC64,
  kF64,
  kI64,
  kU64,
};

std::optional<Dtype> parse_dtype(std::string_view name);  // "BF16"; case-sensitive
std::string_view dtype_name(Dtype dtype);                 // "BF16"
std::uint32_t dtype_bits(Dtype dtype);                    // 4, 6, 8, 16, 32, 64
bool is_float(Dtype dtype);                               // F64, F32, F16, BF16 and the F8s
std::string_view torch_name(Dtype dtype);                 // "bfloat16"; "" where torch has none

}  // namespace slipway::tensor
