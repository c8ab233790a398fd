#include "tensor/index.h"

#include <gtest/gtest.h>

#include "tensor/shard_name.h"

namespace slipway::tensor {
namespace {

TEST(WeightIndex, PrintsAsTransformersDoes) {
  const WeightIndex index{
      .weight_map = {{"b", "model-00002-of-00002.safetensors"}, {"a.é", "model-00001-of-00002.safetensors"}},
      .total_size = 14,
      .total_parameters = 5};
  EXPECT_EQ(print_index(index), R"({
  "metadata": {
    "total_parameters": 5,
    "total_size": 14
  },
  "weight_map": {
    "a.\u00e9": "model-00001-of-00002.safetensors",
    "b": "model-00002-of-00002.safetensors"
  }
}
)");
}

TEST(WeightIndex, ReadsBackWhatItPrints) {
  const WeightIndex index{.weight_map = {{"a", "x.safetensors"}}, .total_size = 18'000'000'000'000'000'000u};
  const auto read = parse_index(print_index(index));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->weight_map, index.weight_map);
  EXPECT_EQ(read->total_size, index.total_size);
  EXPECT_EQ(read->total_parameters, std::nullopt);
  EXPECT_TRUE(read->warnings.empty());
}

TEST(WeightIndex, RefusesFileNamesThatAreNotPlain) {
  for (const char* file : {"../a.safetensors", "/a.safetensors", "b/a.safetensors", "..\\\\a.safetensors", "",
                           ".", "a.bin", "a\\u0000.safetensors"}) {
    const auto index = parse_index(R"({"weight_map":{"t":")" + std::string(file) + "\"}}");
    ASSERT_FALSE(index) << file;
    EXPECT_EQ(index.error().code, ErrorCode::kCorruptData);
    EXPECT_NE(index.error().message.find("\"t\""), std::string::npos);
  }
}

TEST(WeightIndex, LivesWithTotalsThatMeanNothing) {
  for (const char* total : {"-1", "1.5", "\"12\"", "null", "1e300"}) {
    const auto index =
        parse_index(R"({"metadata":{"total_size":)" + std::string(total) + R"(},"weight_map":{}})");
    ASSERT_TRUE(index) << total;
    EXPECT_EQ(index->total_size, std::nullopt) << total;
    EXPECT_EQ(index->warnings.size(), 1u) << total;
  }
}

TEST(ShardName, IsTakenApartAndPutTogether) {
  const auto name = parse_shard_name("model.fp16-00002-of-00010.safetensors");
  ASSERT_TRUE(name);
  EXPECT_EQ(name->stem, "model.fp16");
  EXPECT_EQ(name->number, 2u);
  EXPECT_EQ(name->count, 10u);
  EXPECT_EQ(shard_file_name(*name), "model.fp16-00002-of-00010.safetensors");
  EXPECT_EQ(shard_file_name({.stem = "model", .number = 1, .count = 1}), "model.safetensors");
  for (const char* other :
       {"model.safetensors", "model-2-of-3.safetensors", "-00001-of-00002.safetensors",
        "model-00001-of-00002.bin", "model-00001-of-99999999999999999999.safetensors", ""}) {
    EXPECT_FALSE(parse_shard_name(other)) << other;
  }
}

}  // namespace
}  // namespace slipway::tensor
