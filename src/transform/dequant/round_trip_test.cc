#include "transform/dequant/round_trip.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "support/golden.h"
#include "transform/dequant/block_codes.h"
#include "transform/dequant/dequant_test_support.h"

namespace slipway::transform {
namespace {

using tensor::Dtype;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::TestTensor;

constexpr std::uint64_t kRows = 300;
constexpr std::uint64_t kColumns = 257;  // blocks cross the ends of rows, and the last one is short

std::vector<float> some_weights() {
  std::vector<float> values(kRows * kColumns);
  std::uint32_t state = 1;
  for (float& value : values) {
    state = state * 1664525U + 1013904223U;
    value = (static_cast<float>(state >> 8) / 0x1p24F - 0.5F) * 0.1F;
  }
  return values;
}

StoredModel tiny_llama() {
  return StoredModel(
      {{"model.embed_tokens.weight", Dtype::kF32, {4, 64}, ""},
       {"lm_head.weight", Dtype::kF32, {4, 64}, ""},
       {"model.layers.0.input_layernorm.weight", Dtype::kF32, {64}, ""},
       {"model.layers.0.self_attn.q_proj.bias", Dtype::kF32, {64}, ""},
       {"model.layers.0.self_attn.q_proj.weight", Dtype::kF32, {kRows, kColumns}, floats_of(some_weights())},
       {"model.layers.0.mlp.gate_proj.weight", Dtype::kF32, {4, 64}, ""}});
}
constexpr std::string_view kProjection = "model.layers.0.self_attn.q_proj.weight";

std::vector<float> floats(const ByteVector& bytes) {
  std::vector<float> values(bytes.size() / sizeof(float));
  std::memcpy(values.data(), bytes.data(), bytes.size());
  return values;
}

std::string refusal(std::string_view config_text) {
  const auto settings = on_load_settings(json::parse(config_text).value());
  return settings ? "taken" : describe(settings.error());
}

TEST(FourBit, ThresholdsAndCodesAreTheVectors) {
  const json::Value all = testing::golden_json("quantised/bnb_4bit.json");
  const auto& intervals = four_bit_intervals(FourBitType::kNf4);
  const auto thresholds = all.find("nf4_thresholds_sorted")->items();
  ASSERT_EQ(thresholds.size(), intervals.midpoints.size());
  const std::vector<float> one{1.0F};
  for (std::size_t i = 0; i < thresholds.size(); ++i) {
    const auto at = static_cast<float>(*thresholds[i].as_double());
    EXPECT_EQ(intervals.midpoints[i], at);
    const std::vector<float> values{at, std::nextafter(at, 2.0F)};
    const auto codes = encode_blocks(values, one, 64, intervals);
    EXPECT_EQ(static_cast<unsigned>(codes[0]), i << 4 | (i + 1));
  }
  EXPECT_EQ(words_of(*all.find("nf4_table_f32_hex")),
            floats_of({four_bit_map(FourBitType::kNf4).begin(), four_bit_map(FourBitType::kNf4).end()}));
}

TEST(FourBit, ScalesGoToTheNearestOf256Values) {
  for (std::size_t i = 0; i < kScaleCodes; ++i) {
    EXPECT_EQ(nearest_scale(scale_map()[i]), i);
  }
  EXPECT_TRUE(std::ranges::is_sorted(scale_map()));
  EXPECT_EQ(nearest_scale(-1.0F), 0);
  EXPECT_EQ(scale_map()[127], 0.0F);
}

class RoundTrip : public ::testing::TestWithParam<bool> {};

TEST_P(RoundTrip, GivesTheSameBytesAtAnySplit) {
  const StoredModel model = tiny_llama();
  const auto made = nf4_round_trip(model.source, {.nested = GetParam()}).value();
  const std::size_t at = index_of(*made, kProjection);
  EXPECT_EQ(made->catalogue()[at].passes, GetParam() ? 2 : 1);
  ASSERT_TRUE(made->prepare(at));
  const ByteVector whole = read_in_steps(*made, at, 1 << 20);
  const auto unprepared = nf4_round_trip(model.source, {.nested = GetParam()}).value();
  EXPECT_EQ(read_in_steps(*unprepared, at, 1009), whole);
  EXPECT_EQ(read_in_steps(*made, at, 65'536), whole);
}

TEST_P(RoundTrip, IsNearAndQuantisedTwiceChangesOnlyWhatNestedScalesChange) {
  const StoredModel model = tiny_llama();
  const auto made = nf4_round_trip(model.source, {.nested = GetParam()}).value();
  const std::vector<float> before = some_weights();
  const std::vector<float> after = floats(read_in_steps(*made, index_of(*made, kProjection), 1 << 20));
  const std::vector<float> scales = block_scales(before, 64);
  std::size_t changed = 0;
  for (std::size_t i = 0; i < before.size(); ++i) {
    ASSERT_LE(std::fabs(before[i] - after[i]), scales[i / 64] * 0.16F) << i;
    changed += static_cast<std::size_t>(before[i] != after[i]);
  }
  EXPECT_GT(changed, before.size() / 2);
}

INSTANTIATE_TEST_SUITE_P(PlainAndNested, RoundTrip, ::testing::Bool());

TEST(RoundTripOfAnything, OnlyLinearLayersAreQuantised) {
  const StoredModel model = tiny_llama();
  const auto catalogue = model.source->catalogue();
  const std::vector<bool> chosen = quantised_on_load(catalogue, {}).value();
  std::vector<std::string> names;
  for (std::size_t i = 0; i < chosen.size(); ++i)
    if (chosen[i]) names.push_back(catalogue[i].name);
  EXPECT_THAT(names, ::testing::UnorderedElementsAre("model.layers.0.mlp.gate_proj.weight", kProjection));
  const std::vector<bool> fewer =
      quantised_on_load(catalogue, {.skip_modules = std::vector<std::string>{"lm_head", "q_proj"}}).value();
  EXPECT_EQ(std::ranges::count(fewer, true), 1);
}

TEST(RoundTripOfAnything, ADtypeToLoadInComesFirst) {
  const StoredModel model = tiny_llama();
  const auto made = nf4_round_trip(model.source, {.load_dtype = Dtype::kBF16}).value();
  for (const tensor::TensorInfo& info : made->catalogue()) EXPECT_EQ(info.dtype, Dtype::kBF16);
}

TEST(RoundTripOfAnything, WhatNamesDoNotTellIsRefused) {
  const std::vector<TestTensor> base{{"model.embed_tokens.weight", Dtype::kF32, {4, 64}, ""}};
  for (const std::string name : {"model.layers.0.mlp.experts.3.up_proj.weight",
                                 "model.layers.0.mlp.gate.weight", "vision_tower.patches.weight"}) {
    auto tensors = base;
    tensors.push_back({name, Dtype::kF32, {2, 2}, ""});
    const StoredModel model(tensors);
    const auto chosen = quantised_on_load(model.source->catalogue(), {});
    ASSERT_FALSE(chosen) << name;
    EXPECT_THAT(describe(chosen.error()), HasSubstr(name));
  }
  const StoredModel unknown({{"a.weight", Dtype::kF32, {2, 2}, ""}});
  EXPECT_FALSE(quantised_on_load(unknown.source->catalogue(), {}));
}

TEST(OnLoadSettings, AreThoseOfTheConfigThatTrainingLeft) {
  const auto settings = on_load_settings(json::parse(R"({"model_type": "llama", "quantization_config": {
      "quant_method": "bitsandbytes", "_load_in_4bit": true, "bnb_4bit_quant_type": "nf4",
      "bnb_4bit_use_double_quant": true, "llm_int8_skip_modules": ["lm_head"]}})")
                                             .value());
  ASSERT_TRUE(settings) << describe(settings.error());
  EXPECT_EQ(settings->type, FourBitType::kNf4);
  EXPECT_TRUE(settings->nested);
  EXPECT_THAT(settings->skip_modules.value(), ElementsAre("lm_head"));
}

TEST(OnLoadSettings, OtherQuantisationIsRefusedByName) {
  EXPECT_THAT(refusal("{}"), HasSubstr("no quantization_config"));
  EXPECT_THAT(refusal(R"({"quantization_config": {"quant_method": "gptq"}})"), HasSubstr("gptq"));
  EXPECT_THAT(refusal(R"({"quantization_config": {"load_in_8bit": true}})"), HasSubstr("LLM.int8"));
  EXPECT_THAT(refusal(R"({"quantization_config": {}})"), HasSubstr("load_in_4bit"));
  EXPECT_THAT(refusal(R"({"model_type": "gpt2", "quantization_config": {"load_in_4bit": true}})"),
              HasSubstr("Conv1D"));
  EXPECT_THAT(refusal(R"({"quantization_config": {"load_in_4bit": true, "llm_int8_skip_modules": ["a.*"]}})"),
              HasSubstr("a.*"));
}

}  // namespace
}  // namespace slipway::transform
