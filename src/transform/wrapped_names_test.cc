#include "transform/wrapped_names.h"

#include <map>

#include <gtest/gtest.h>

namespace slipway::transform {
namespace {

std::vector<tensor::TensorInfo> named(std::initializer_list<std::string> names) {
  std::vector<tensor::TensorInfo> catalogue;
  for (const std::string& name : names) {
    tensor::TensorInfo info;
    info.name = name;
    catalogue.push_back(std::move(info));
  }
  return catalogue;
}

TEST(WrappedNames, LoseTheWordsOfEveryWrapperWhereverTheyStand) {
  EXPECT_EQ(unwrapped("_orig_mod.model.norm.weight", false), "model.norm.weight");
  EXPECT_EQ(unwrapped("base_model.model._orig_mod.lm_head.weight", false), "base_model.model.lm_head.weight");
  EXPECT_EQ(unwrapped("model.layers.0._fsdp_wrapped_module._checkpoint_wrapped_module.mlp.weight", false),
            "model.layers.0.mlp.weight");
  EXPECT_EQ(unwrapped("module._orig_mod.a", true), "a");
}

TEST(WrappedNames, LoseTheAdaptersOwnNameAsPeftSavesThem) {
  const std::string at = "base_model.model.model.layers.0.q_proj.";
  for (const auto& [stored, saved] : std::map<std::string, std::string>{
           {"lora_A.default.weight", "lora_A.weight"},
           {"lora_B.train.weight", "lora_B.weight"},
           {"lora_B.default.bias", "lora_B.bias"},
           {"lora_embedding_A.default", "lora_embedding_A"},
           {"lora_magnitude_vector.default.weight", "lora_magnitude_vector"},
           {"token_adapter.trainable_tokens_delta.default", "token_adapter.trainable_tokens_delta"},
           {"base_layer.lora_A.default.weight", "base_layer.lora_A.weight"},
           {"modules_to_save.default.weight", "weight"},
           {"_fsdp_wrapped_module.modules_to_save.default.out.weight", "out.weight"}}) {
    EXPECT_EQ(unwrapped(at + stored, false), at + saved);
    EXPECT_EQ(unwrapped(at + saved, false), at + saved);
  }
  for (const std::string plain : {"lora_magnitude_vector.weight", "modules_to_save.weight",
                                  "lora_A.a.b.weight", "lora_C.default.weight"})
    EXPECT_EQ(unwrapped(at + plain, false), at + plain);
}

TEST(WrappedNames, LeaveEveryOtherNameAsItIs) {
  for (const std::string name : {"", ".", "a..b", "a.", "_orig_mod", "model.my_orig_mod.weight", "module.a"})
    EXPECT_EQ(unwrapped(name, false), name);
}

TEST(WrappedNames, AreThoseOfReplicasOnlyWhereAllOfThemAre) {
  EXPECT_EQ(find_wrapped(named({"module.a", "module.b"}))->name, "module.a");
  EXPECT_EQ(find_wrapped(named({"module.a", "b"})), nullptr);
  EXPECT_EQ(find_wrapped(named({"a", "_orig_mod.b"}))->name, "_orig_mod.b");
  EXPECT_EQ(find_wrapped({}), nullptr);
}

}  // namespace
}  // namespace slipway::transform
