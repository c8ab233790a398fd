#include "tensor/torch/torch_dtype.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

namespace slipway::tensor {
namespace {

struct StorageRow {
  std::string_view name;
  Dtype dtype;
};

constexpr auto kStorages = std::to_array<StorageRow>({{"DoubleStorage", Dtype::kF64},
                                                      {"FloatStorage", Dtype::kF32},
                                                      {"HalfStorage", Dtype::kF16},
                                                      {"BFloat16Storage", Dtype::kBF16},
                                                      {"LongStorage", Dtype::kI64},
                                                      {"IntStorage", Dtype::kI32},
                                                      {"ShortStorage", Dtype::kI16},
                                                      {"CharStorage", Dtype::kI8},
                                                      {"ByteStorage", Dtype::kU8},
                                                      {"BoolStorage", Dtype::kBool},
                                                      {"ComplexFloatStorage", Dtype::kC64}});

std::unexpected<Error> not_taken(std::string_view name) {
  return fail(ErrorCode::kUnsupported,
              fmt::format("is of torch's type {}, which safetensors has no place for; convert it before the "
                          "model is saved",
                          name));
}

}  // namespace

Result<Dtype> dtype_of_storage(std::string_view class_name) {
  const auto row = std::ranges::find(kStorages, class_name, &StorageRow::name);
  if (row == kStorages.end()) return not_taken(class_name);
  return row->dtype;
}

Result<Dtype> dtype_of_torch(std::string_view name) {
  for (auto i = 0U; i <= std::to_underlying(Dtype::kU64); ++i) {
    const auto dtype = static_cast<Dtype>(i);
    if (!name.empty() && torch_name(dtype) == name) return dtype;
  }
  return not_taken(name);
}

}  // namespace slipway::tensor
