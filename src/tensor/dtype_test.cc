#include "slipway/dtype.h"

#include "support/golden.h"

namespace slipway::tensor {
namespace {

TEST(Dtype, AgreesWithTheFormatsTable) {
  const json::Value root = testing::golden_json("safetensors/dtypes.json");
  const auto rows = root.find("safetensors_dtypes")->items();
  ASSERT_EQ(rows.size(), 22u);
  for (const json::Value& row : rows) {
    const std::string name = testing::text_of(row, "name");
    const auto dtype = parse_dtype(name);
    ASSERT_TRUE(dtype) << name;
    EXPECT_EQ(static_cast<std::uint64_t>(*dtype), row.find("enum_index")->as_uint()) << name;
    EXPECT_EQ(dtype_bits(*dtype), row.find("bits")->as_uint()) << name;
    EXPECT_EQ(dtype_name(*dtype), name);
    EXPECT_EQ(torch_name(*dtype), testing::text_of(row, "torch")) << name;
  }
}

TEST(Dtype, IsFoundByItsExactNameOnly) {
  for (const char* name : {"f32", "float32", "F8_E4M3FN", "C128", "", "F32 "})
    EXPECT_FALSE(parse_dtype(name)) << name;
}

TEST(Dtype, CountsComplexAndPackedTypesAsNoPlainFloats) {
  EXPECT_TRUE(is_float(Dtype::kBF16));
  EXPECT_TRUE(is_float(Dtype::kF8E8M0));
  for (const Dtype dtype : {Dtype::kC64, Dtype::kF4, Dtype::kI64, Dtype::kBool})
    EXPECT_FALSE(is_float(dtype));
}

}  // namespace
}  // namespace slipway::tensor
