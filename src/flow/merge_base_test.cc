#include "flow/merge_base.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "os/mem_file_system.h"
#include "support/safetensors_file.h"

namespace slipway::flow {
namespace {

using tensor::Dtype;
using ::testing::HasSubstr;
using testing::TestTensor;

constexpr std::string_view kName = "model.layers.0.mlp.up_proj.weight";
constexpr std::string_view kTrained = R"({"dtype": "bfloat16", "quantization_config": {"load_in_4bit": true,
    "bnb_4bit_quant_type": "nf4", "bnb_4bit_use_double_quant": true}})";

struct Model {
  Model(const std::vector<TestTensor>& tensors, std::string config) {
    fs.put("/base/model.safetensors", testing::safetensors_file(tensors));
    facts.folder = "/base";
    facts.metadata.files["config.json"] = std::move(config);
    facts.weights = tensor::open_weights(fs, "/base", "model").value();
  }
  os::MemFileSystem fs{};
  run::RunFacts facts{};
};

Model plain_base(std::string config = "{}") {
  return {{{"model.embed_tokens.weight", Dtype::kF32, {2, 4}, ""},
           {std::string(kName), Dtype::kF32, {2, 64}, std::string(512, 'x')}},
          std::move(config)};
}

Model four_bit_base() {
  const std::string name(kName);
  const std::string state = R"({"quant_type": "nf4", "blocksize": 64, "dtype": "float16", "shape": [2, 3]})";
  return {{{name, Dtype::kU8, {3, 1}, "abc"},
           {name + ".absmax", Dtype::kF32, {1}, ""},
           {name + ".quant_map", Dtype::kF32, {16}, ""},
           {name + ".quant_state.bitsandbytes__nf4", Dtype::kU8, {state.size()}, state}},
          R"({"quantization_config": {"quant_method": "bitsandbytes", "load_in_4bit": true}})"};
}

run::RunFacts adapter(std::string_view config) {
  run::RunFacts run{.folder = "/run"};
  if (!config.empty()) run.metadata.files["config.json"] = std::string(config);
  return run;
}

std::string refusal(const Model& base, const run::RunFacts& run, bool as_trained) {
  const auto chosen = choose_merge_base(base.facts, run, {}, as_trained);
  return chosen ? "taken" : describe(chosen.error());
}

TEST(MergeBase, ABaseInFourBitsIsDequantisedWhereThatIsAskedFor) {
  const Model base = four_bit_base();
  const auto chosen = choose_merge_base(base.facts, adapter(kTrained), {}, true);
  ASSERT_TRUE(chosen) << describe(chosen.error());
  ASSERT_EQ(chosen->source->catalogue().size(), 1U);
  EXPECT_EQ(chosen->source->catalogue()[0].dtype, Dtype::kF16);
  EXPECT_THAT(refusal(base, adapter(kTrained), false), HasSubstr("--merge-onto 4bit"));
}

TEST(MergeBase, APlainBaseStaysAsItIsAndAFourBitTrainingIsTold) {
  const Model base = plain_base();
  const auto trained = choose_merge_base(base.facts, adapter(kTrained), {}, false).value();
  EXPECT_EQ(trained.source, base.facts.weights->source);
  ASSERT_EQ(trained.warnings.size(), 1U);
  EXPECT_EQ(trained.warnings[0].code, "merge-not-as-trained");
  EXPECT_TRUE(choose_merge_base(base.facts, adapter(""), {}, false).value().warnings.empty());
}

TEST(MergeBase, AsTrainedIsWhatTrainingLoadedInItsOwnType) {
  const Model base = plain_base();
  const auto chosen = choose_merge_base(base.facts, adapter(kTrained), {}, true).value();
  for (const tensor::TensorInfo& info : chosen.source->catalogue()) {
    EXPECT_EQ(info.dtype, Dtype::kBF16);
    EXPECT_EQ(info.passes, info.name == kName ? 2 : 1);
  }
}

recipe::Recipe trained_by(std::string_view text) { return recipe::read_recipe(text, "r.yaml", {}).value(); }

TEST(MergeBase, ARecipeSaysHowItWasQuantisedWhereTheTrainerLeftNoConfig) {
  const Model base = plain_base();
  const auto recipe = trained_by("load_in_4bit: true\ntorch_dtype: bfloat16\n");
  const auto chosen = choose_merge_base(base.facts, adapter(""), recipe, true);
  ASSERT_TRUE(chosen) << describe(chosen.error());
  EXPECT_EQ(chosen->source->catalogue()[0].dtype, Dtype::kBF16);
  EXPECT_EQ(choose_merge_base(base.facts, adapter(""), recipe, false).value().warnings.size(), 1U);
  EXPECT_TRUE(choose_merge_base(base.facts, adapter(""), trained_by("load_in_4bit: false\n"), false)
                  ->warnings.empty());
  const auto stored =
      choose_merge_base(base.facts, adapter(""), trained_by("load_in_4bit: true\ntorch_dtype: auto\n"), true);
  ASSERT_TRUE(stored) << describe(stored.error());
  EXPECT_EQ(stored->source->catalogue()[0].dtype, Dtype::kF32);
  const auto untold = choose_merge_base(base.facts, adapter(""), trained_by("load_in_4bit: true\n"), true);
  ASSERT_FALSE(untold);
  EXPECT_THAT(untold.error().message, HasSubstr("--set torch_dtype="));
}

TEST(MergeBase, WhatCannotBeTakenIsNamed) {
  for (const char* config : {"", "{}"})
    EXPECT_THAT(refusal(plain_base(), adapter(config), true), HasSubstr("neither a config.json")) << config;
}

}  // namespace
}  // namespace slipway::flow
