#include "transform/dequant/dequantised.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

#include "base/hash.h"
#include "support/golden.h"
#include "transform/dequant/dequant_test_support.h"
#include "transform/dequant/four_bit_parts.h"

namespace slipway::transform {
namespace {

using tensor::Dtype;
using ::testing::HasSubstr;
using testing::TestTensor;

constexpr std::string_view kName = "model.layers.0.mlp.up_proj.weight";

json::Value vectors() { return testing::golden_json("quantised/bnb_4bit.json"); }
const json::Value& case_of(const json::Value& all, std::string_view id) {
  for (const json::Value& one : all.find("dequant_cases")->items())
    if (testing::text_of(one, "id") == id) return one;
  throw std::runtime_error("no such case");
}

// 16-bit words stand in the vectors too.
std::string expected_bytes(const json::Value& list, Dtype dtype) {
  if (dtype == Dtype::kF32) return words_of(list);
  std::string bytes;
  for (const json::Value& item : list.items()) {
    const auto word = static_cast<std::uint16_t>(std::stoul(item.string(), nullptr, 16));
    bytes.append(reinterpret_cast<const char*>(&word), sizeof word);
  }
  return bytes;
}

std::shared_ptr<const tensor::TensorSource> opened(const StoredModel& model) {
  return dequantised(model.source, {}).value();
}

std::string refusal(const std::vector<TestTensor>& tensors, const json::Value& config = {}) {
  const StoredModel model(tensors);
  const auto made = dequantised(model.source, config);
  return made ? "taken" : describe(made.error());
}

std::vector<TestTensor> plain_case() {
  const json::Value all = vectors();
  return stored_case(all, case_of(all, "nf4_two_blocks_tail"), std::string(kName));
}
std::vector<TestTensor> nested_case() {
  const json::Value all = vectors();
  return stored_case(all, case_of(all, "nf4_nested"), std::string(kName));
}
TestTensor& part(std::vector<TestTensor>& tensors, std::string_view word) {
  return *std::ranges::find_if(
      tensors, [&](const TestTensor& t) { return t.name == std::string(kName) + std::string(word); });
}

TEST(Dequantised, EveryVectorBitForBitAtAnySplit) {
  const json::Value all = vectors();
  std::size_t checked = 0;
  for (const json::Value& one : all.find("dequant_cases")->items()) {
    SCOPED_TRACE(testing::text_of(one, "id"));
    const StoredModel model(stored_case(all, one, std::string(kName)));
    const auto made = opened(model);
    ASSERT_EQ(made->catalogue().size(), 1U);
    EXPECT_EQ(made->catalogue()[0].name, kName);
    const std::string key = "expected_" + testing::text_of(one, "dtype");
    const ByteVector whole = read_in_steps(*made, 0, 1 << 20);
    if (const json::Value* expected = one.find(key))
      EXPECT_EQ(as_text(whole), expected_bytes(*expected, made->catalogue()[0].dtype));
    else
      EXPECT_EQ(sha256_hex(whole), testing::text_of(one, key + "_sha256_le"));
    for (const std::size_t step : {1U, 3U, 64U, 130U, 1000U}) EXPECT_EQ(read_in_steps(*made, 0, step), whole);
    ++checked;
  }
  EXPECT_EQ(checked, 7U);
}

TEST(Dequantised, OtherTensorsPassAndTheStatesLeave) {
  auto tensors = nested_case();
  tensors.push_back({"model.norm.weight", Dtype::kBF16, {2}, "abcd"});
  const StoredModel model(tensors);
  const auto made = opened(model);
  ASSERT_EQ(made->catalogue().size(), 2U);
  const std::size_t norm = index_of(*made, "model.norm.weight");
  EXPECT_EQ(as_text(read_in_steps(*made, norm, 3)), "abcd");
  EXPECT_NE(made->extent(norm), nullptr);
  EXPECT_EQ(made->extent(1 - norm), nullptr);
}

TEST(Dequantised, CodesViewedAsAnotherTypeAreTheSameCodes) {
  auto tensors = nested_case();
  const StoredModel as_bytes_(tensors);
  part(tensors, "").dtype = Dtype::kBF16;
  part(tensors, "").shape = {80, 1};
  const StoredModel as_halves(tensors);
  EXPECT_EQ(read_in_steps(*opened(as_halves), 0, 77), read_in_steps(*opened(as_bytes_), 0, 1 << 20));
}

// More than one piece: 300,000 codes whose scale tells their block.
TEST(Dequantised, LargeWeightsAreMadePieceByPiece) {
  constexpr std::uint64_t kElements = 300'001;
  std::string codes(kElements / 2 + 1, '\xF7');  // 1, 0, 1, 0, ...
  std::vector<float> scales;
  for (std::uint64_t i = 0; i * 4096 < kElements; ++i) scales.push_back(static_cast<float>(i + 1));
  auto tensors = plain_case();
  const std::string state =
      R"({"quant_type": "nf4", "blocksize": 4096, "dtype": "float32", "shape": [300001]})";
  part(tensors, "") = {std::string(kName), Dtype::kU8, {codes.size(), 1}, codes};
  part(tensors, ".absmax") = {
      std::string(kName) + ".absmax", Dtype::kF32, {scales.size()}, floats_of(scales)};
  part(tensors, ".quant_state.bitsandbytes__nf4").shape = {state.size()};
  part(tensors, ".quant_state.bitsandbytes__nf4").bytes = state;
  const StoredModel model(tensors);
  const auto made = opened(model);
  const ByteVector bytes = read_in_steps(*made, 0, 999'999);
  std::vector<float> values(kElements);
  std::memcpy(values.data(), bytes.data(), bytes.size());
  for (std::uint64_t i = 0; i < kElements; ++i)
    ASSERT_EQ(values[i], i % 2 == 0 ? static_cast<float>(i / 4096 + 1) : 0.0F) << i;
}

TEST(Dequantised, WhatDoesNotFitIsRefusedByTheTensorsName) {
  const std::pair<std::string, std::vector<std::uint64_t>> kShapes[] = {
      {"", {64, 1}}, {".absmax", {2}}, {".quant_map", {15}}};
  for (const auto& [word, shape] : kShapes) {
    auto tensors = plain_case();
    part(tensors, word).shape = shape;
    part(tensors, word).bytes.clear();
    EXPECT_THAT(refusal(tensors), HasSubstr(std::string(kName) + word + " in model.safetensors"));
  }
  for (const std::string word : {".absmax", ".nested_absmax", ".nested_quant_map", ".quant_map",
                                 ".quant_state.bitsandbytes__nf4", ""}) {
    auto tensors = nested_case();
    std::erase_if(tensors, [&](const TestTensor& t) { return t.name == std::string(kName) + word; });
    EXPECT_THAT(refusal(tensors), HasSubstr(" is missing")) << word;
  }
  auto tensors = plain_case();
  part(tensors, ".absmax").dtype = Dtype::kI32;
  EXPECT_THAT(refusal(tensors), HasSubstr("is I32 of shape [3]"));
}

TEST(Dequantised, TheOldRowFormIsRefusedBecauseItMeansTheTranspose) {
  auto tensors = plain_case();
  part(tensors, "").shape = {1, 65};
  EXPECT_THAT(refusal(tensors), HasSubstr("as a row"));
}

TEST(Dequantised, AStateOfAnotherTypeThanItsNameIsALie) {
  auto tensors = plain_case();
  part(tensors, ".quant_state.bitsandbytes__nf4").name =
      std::string(kName) + ".quant_state.bitsandbytes__fp4";
  EXPECT_THAT(refusal(tensors), HasSubstr("it says nf4"));
}

TEST(Dequantised, Int8IsRefusedByName) {
  const json::Value one = testing::golden_json("quantised/bnb_int8.json");
  const std::vector<TestTensor> tensors{{"a.weight", Dtype::kI8, {2, 4}, ""},
                                        {"a.SCB", Dtype::kF32, {2}, words_of(*one.find("SCB"))},
                                        {"a.weight_format", Dtype::kU8, {}, ""}};
  EXPECT_THAT(refusal(tensors), HasSubstr("a.SCB belongs to LLM.int8"));
}

TEST(Dequantised, PlainModelsAndConv1dAreRefused) {
  EXPECT_THAT(refusal({{"a.weight", Dtype::kF32, {2}, ""}}), HasSubstr("nothing can be dequantised"));
  const json::Value gpt2 = json::parse(R"({"model_type": "gpt2"})").value();
  EXPECT_THAT(refusal(plain_case(), gpt2), HasSubstr("gpt2 keeps its weights transposed"));
}

}  // namespace
}  // namespace slipway::transform
