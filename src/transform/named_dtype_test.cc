#include "transform/named_dtype.h"

#include <gtest/gtest.h>

namespace slipway::transform {
namespace {

using tensor::Dtype;

std::optional<Dtype> named(std::string_view config) { return named_dtype(json::parse(config).value()); }

TEST(NamedDtype, IsReadUnderBothKeysAtEveryLevelOfTheLanguageModel) {
  EXPECT_EQ(named(R"({"dtype": "bfloat16"})"), Dtype::kBF16);
  EXPECT_EQ(named(R"({"torch_dtype": "torch.float16"})"), Dtype::kF16);
  EXPECT_EQ(named(R"({"dtype": "float32", "text_config": {"torch_dtype": "bfloat16"}})"), Dtype::kBF16);
  EXPECT_EQ(named(R"({"dtype": null, "torch_dtype": "float32"})"), Dtype::kF32);
}

TEST(NamedDtype, IsNoneWhereNoneOrAnotherIsNamed) {
  for (const char* config : {"{}", "[]", R"({"dtype": "auto"})", R"({"dtype": 16})"})
    EXPECT_EQ(named(config), std::nullopt) << config;
}

}  // namespace
}  // namespace slipway::transform
