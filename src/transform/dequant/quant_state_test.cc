#include "transform/dequant/quant_state.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace slipway::transform {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr std::string_view kNested =
    R"({"quant_type": "fp4", "blocksize": 128, "dtype": "float16", "shape": [3, 43], )"
    R"("nested_blocksize": 256, "nested_dtype": "float32", "nested_offset": 0.046875})";

std::string complaint(std::string_view text) {
  const auto state = parse_quant_state(text);
  return state ? "taken" : describe(state.error());
}

std::string with(std::string_view key, std::string_view value) {
  std::string text(kNested);
  const std::string name = "\"" + std::string(key) + "\": ";
  const std::size_t at = text.find(name) + name.size();
  std::size_t end = text.find(text[at] == '[' ? "]" : ", \"", at);
  if (end == std::string::npos) end = text.size() - 1;
  if (text[at] == '[') ++end;
  return text.replace(at, end - at, value);
}

TEST(QuantState, IsReadAsBitsandbytesWroteIt) {
  const auto state = parse_quant_state(kNested);
  ASSERT_TRUE(state) << describe(state.error());
  EXPECT_EQ(state->type, FourBitType::kFp4);
  EXPECT_EQ(state->dtype, tensor::Dtype::kF16);
  EXPECT_THAT(state->shape, ElementsAre(3, 43));
  EXPECT_EQ(state->elements, 129U);
  EXPECT_EQ(state->blocks(), 2U);
  EXPECT_EQ(state->nested.value().offset, 0.046875F);
}

TEST(QuantState, EverythingElseIsRefusedByItsKey) {
  const std::pair<std::string, std::string> kWrong[] = {{"quant_type", "\"int4\""},
                                                        {"blocksize", "63"},
                                                        {"blocksize", "8192"},
                                                        {"blocksize", "96"},
                                                        {"dtype", "\"float64\""},
                                                        {"shape", "[]"},
                                                        {"shape", "[-3]"},
                                                        {"shape", "[0, 4]"},
                                                        {"shape", "[4294967296, 4294967296]"},
                                                        {"shape", "[1,1,1,1,1,1,1,1,1]"},
                                                        {"nested_blocksize", "0"},
                                                        {"nested_dtype", "\"float16\""},
                                                        {"nested_offset", "1e400"},
                                                        {"nested_offset", "null"}};
  for (const auto& [key, value] : kWrong) EXPECT_THAT(complaint(with(key, value)), HasSubstr(key)) << value;
  EXPECT_THAT(complaint("[]"), HasSubstr("no JSON object"));
  EXPECT_THAT(complaint(R"({"zero_point": 3})"), HasSubstr("zero_point"));
  EXPECT_THAT(complaint("{\"shape\""), HasSubstr("line 1"));
  EXPECT_THAT(complaint(std::string(kQuantStateBytesMax, ' ') + "{}"), HasSubstr("quantisation state"));
}

}  // namespace
}  // namespace slipway::transform
