#include "transform/merge/base_names.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace slipway::transform {
namespace {

std::string found(const std::vector<std::string>& stored, std::string_view name) {
  std::vector<tensor::TensorInfo> catalogue;
  for (const std::string& one : stored) catalogue.push_back({.name = one});
  const auto at = BaseNames(catalogue).find(name);
  return at ? stored[*at] : "";
}

TEST(BaseNames, FindTheLanguageModelOfALargerOneWhereverItStands) {
  const std::vector<std::string> top = {"model.layers.0.q_proj.weight", "visual.blocks.0.qkv.weight"};
  EXPECT_EQ(found(top, "model.language_model.layers.0.q_proj.weight"), top[0]);
  EXPECT_EQ(found(top, "model.visual.blocks.0.qkv.weight"), top[1]);
  EXPECT_EQ(found(top, "model.language_model.blocks.0.qkv.weight"), "");
  const std::vector<std::string> inside = {"model.language_model.layers.0.q_proj.weight",
                                           "model.vision_tower.layers.0.q_proj.weight"};
  EXPECT_EQ(found(inside, "model.layers.0.q_proj.weight"), inside[0]);
  EXPECT_EQ(found(inside, "language_model.model.layers.0.q_proj.weight"), inside[0]);
  EXPECT_EQ(found(inside, "model.vision_tower.layers.0.q_proj.weight"), inside[1]);
}

TEST(BaseNames, FindWhatFilesCallModulesThatTransformers5NamesAnew) {
  const std::vector<std::string> vit = {"vit.encoder.layer.0.attention.attention.query.weight",
                                        "vit.encoder.layer.0.attention.output.dense.weight",
                                        "vit.encoder.layer.0.intermediate.dense.weight",
                                        "vit.encoder.layer.0.output.dense.weight"};
  EXPECT_EQ(found(vit, "vit.layers.0.attention.q_proj.weight"), vit[0]);
  EXPECT_EQ(found(vit, "vit.layers.0.attention.o_proj.weight"), vit[1]);
  EXPECT_EQ(found(vit, "vit.layers.0.mlp.fc1.weight"), vit[2]);
  EXPECT_EQ(found(vit, "vit.layers.0.mlp.fc2.weight"), vit[3]);
  EXPECT_EQ(found(vit, "vit.layers.1.mlp.fc2.weight"), "");
  EXPECT_EQ(found({"encoder.layer.0.output.dense.weight"}, "vit.layers.0.mlp.fc2.weight"),
            "encoder.layer.0.output.dense.weight");
  const std::string query = "dinov2.encoder.layer.0.attention.attention.query.weight";
  EXPECT_EQ(found({query}, "dinov2.encoder.layer.0.attention.q_proj.weight"), query);
  const std::string key = "swin.encoder.layers.0.blocks.0.attention.self.key.weight";
  EXPECT_EQ(found({key}, "swin.encoder.layers.0.blocks.0.attention.k_proj.weight"), key);
  EXPECT_EQ(found({"embed_out.weight"}, "lm_head.weight"), "embed_out.weight");
  const std::string stack = "model.layers.0.block_sparse_moe.input_linear.weight";
  EXPECT_EQ(found({stack}, "model.layers.0.block_sparse_moe.experts.gate_up_proj"), stack);
}

TEST(BaseNames, SayWhatAFileOfTheBareModelLeavesOut) {
  const std::vector<tensor::TensorInfo> bare{{.name = "encoder.layer.0.output.dense.weight"},
                                             {.name = "h.0.attn.weight"}};
  const BaseNames names(bare);
  EXPECT_EQ(names.missing_prefix("vit.layers.0.mlp.fc2.weight"), "vit.");
  EXPECT_EQ(names.missing_prefix("transformer.h.0.attn.weight"), "transformer.");
  EXPECT_EQ(names.missing_prefix("h.0.attn.weight"), "");
  EXPECT_EQ(names.missing_prefix("layers.0.mlp.fc2.weight"), "");
}

}  // namespace
}  // namespace slipway::transform
