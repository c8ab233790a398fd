#include "release/layer_check.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

#include <fmt/format.h>

namespace slipway::release {
namespace {

using tensor::Dtype;
using tensor::TensorInfo;
using Catalogue = std::vector<TensorInfo>;
using Forms = std::function<std::vector<std::string>(std::uint64_t)>;

const std::vector<std::string> kParts = {"attn_norm.weight", "mlp.down_proj.weight", "mlp.gate_proj.weight",
                                         "mlp.up_proj.weight", "self_attn.q_proj.weight"};

TensorInfo tensor(std::string name, std::vector<std::uint64_t> shape = {4, 4}, Dtype dtype = Dtype::kBF16) {
  TensorInfo info;
  info.name = std::move(name);
  info.file = "model.safetensors";
  info.dtype = dtype;
  info.shape = std::move(shape);
  return info;
}

// `count` layers whose parts `form` names.
Catalogue stack(std::uint64_t count, const Forms& form, std::string_view name = "model.layers") {
  Catalogue catalogue{tensor("model.embed_tokens.weight"), tensor("model.norm.weight", {4})};
  for (std::uint64_t i = 0; i < count; ++i)
    for (const std::string& part : form(i))
      catalogue.push_back(tensor(fmt::format("{}.{}.{}", name, i, part)));
  return catalogue;
}

Catalogue uniform(std::uint64_t count = 4) {
  return stack(count, [](std::uint64_t) { return kParts; });
}

Catalogue without(Catalogue catalogue, std::string_view name) {
  std::erase_if(catalogue, [&](const TensorInfo& info) { return info.name == name; });
  return catalogue;
}

TensorInfo& at(Catalogue& catalogue, std::string_view name) {
  return *std::ranges::find(catalogue, name, &TensorInfo::name);
}

std::string odd_names(const Catalogue& catalogue) {
  std::string names;
  for (const OddTensor& odd : odd_tensors(catalogue)) names += odd.name + "\n";
  return names;
}

TEST(LayerCheck, FindsNothingInAWholeModel) {
  EXPECT_EQ(odd_names(uniform()), "");
  EXPECT_EQ(odd_names(uniform(2)), "");
  EXPECT_EQ(odd_names({}), "");
}

TEST(LayerCheck, NamesATensorThatOneLayerLacks) {
  for (const int layer : {0, 1, 3}) {
    const std::string name = fmt::format("model.layers.{}.self_attn.q_proj.weight", layer);
    const auto odd = odd_tensors(without(uniform(), name));
    ASSERT_EQ(odd.size(), 1U) << layer;
    EXPECT_EQ(odd[0].name, name);
    EXPECT_EQ(odd[0].file, "model.safetensors");
    EXPECT_NE(odd[0].message.find("every other layer has it"), std::string::npos);
  }
}

TEST(LayerCheck, NamesATensorThatWasRenamed) {
  Catalogue catalogue = uniform();
  at(catalogue, "model.layers.2.mlp.up_proj.weight").name = "model.layers.2.mlp.up.weight";
  const auto odd = odd_tensors(catalogue);
  ASSERT_EQ(odd.size(), 1U);
  EXPECT_EQ(odd[0].name, "model.layers.2.mlp.up_proj.weight");
  EXPECT_NE(odd[0].message.find("model.layers.2.mlp.up.weight stands in its place"), std::string::npos);
}

TEST(LayerCheck, NamesATensorOfAnotherShapeOrType) {
  Catalogue catalogue = uniform();
  at(catalogue, "model.layers.0.mlp.up_proj.weight").dtype = Dtype::kF32;
  at(catalogue, "model.layers.3.self_attn.q_proj.weight").shape = {2, 4};
  EXPECT_EQ(odd_names(catalogue),
            "model.layers.0.mlp.up_proj.weight\nmodel.layers.3.self_attn.q_proj.weight\n");
}

TEST(LayerCheck, NamesALayerThatIsLost) {
  EXPECT_EQ(odd_names(stack(5, [](std::uint64_t i) { return i == 2 ? std::vector<std::string>() : kParts; })),
            "model.layers.2\n");
}

TEST(LayerCheck, TakesAnEdgeWithoutANorm) {  // ModernBERT
  EXPECT_EQ(odd_names(without(uniform(), "model.layers.0.attn_norm.weight")), "");
  EXPECT_EQ(odd_names(without(uniform(), "model.layers.3.attn_norm.weight")), "");
  EXPECT_EQ(odd_names(without(uniform(), "model.layers.1.attn_norm.weight")),
            "model.layers.1.attn_norm.weight\n");
}

TEST(LayerCheck, TakesWhatTheFirstLayerHasMore) {  // the relative positions of T5
  Catalogue catalogue = stack(4, [](std::uint64_t) { return kParts; }, "encoder.block");
  catalogue.push_back(tensor("encoder.block.0.layer.0.SelfAttention.relative_attention_bias.weight"));
  EXPECT_EQ(odd_names(catalogue), "");
}

TEST(LayerCheck,
     TakesLayersThatComeInSeveralForms) {  // attention among state spaces, a dense layer before experts
  const auto hybrid = [](std::uint64_t i) {
    return i % 4 == 3
               ? kParts
               : std::vector<std::string>{"attn_norm.weight", "mamba.A_log", "mamba.D", "mlp.up_proj.weight"};
  };
  EXPECT_EQ(odd_names(stack(8, hybrid)), "");
  EXPECT_EQ(odd_names(stack(4, hybrid)), "");  // a single one of attention
  const auto experts = [](std::uint64_t i) {
    auto parts = kParts;
    if (i > 0)
      parts = {"attn_norm.weight", "self_attn.q_proj.weight", "mlp.experts.0.up_proj.weight",
               "mlp.experts.1.up_proj.weight"};
    return parts;
  };
  EXPECT_EQ(odd_names(stack(4, experts)), "");
}

TEST(LayerCheck, TakesWidthsThatAreEachTheirOwn) {  // OpenELM, Gemma 3n
  Catalogue catalogue = uniform();
  for (std::uint64_t i = 0; i < 4; ++i)
    for (const char* part : {"mlp.gate_proj.weight", "mlp.up_proj.weight", "mlp.down_proj.weight"})
      at(catalogue, fmt::format("model.layers.{}.{}", i, part)).shape = {8 + 8 * i, 4};
  EXPECT_EQ(odd_names(catalogue), "");
}

TEST(LayerCheck, TakesALayerThatIsWhollyOfAnotherWidth) {  // the last of a stack of convolutions, of a head
  Catalogue catalogue = uniform();
  for (const std::string& part : kParts) at(catalogue, "model.layers.3." + part).shape = {8, 8};
  EXPECT_EQ(odd_names(catalogue), "");
  Catalogue head;
  for (int i = 0; i < 3; ++i)
    head.push_back(tensor(fmt::format("bbox.layers.{}.weight", i), {i == 2 ? 1U : 4U, 4}));
  EXPECT_EQ(odd_names(head), "");
}

TEST(LayerCheck, TakesNumbersThatConvolutionsLeaveOut) {  // activations stand between them
  Catalogue catalogue;
  for (const int number : {0, 1, 3, 4, 6})
    for (const std::string& part : kParts)
      catalogue.push_back(tensor(fmt::format("encoder.layers.{}.{}", number, part), {4, 4, 3}));
  EXPECT_EQ(odd_names(catalogue), "");
}

}  // namespace
}  // namespace slipway::release
