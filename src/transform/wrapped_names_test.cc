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
  EXPECT_EQ(unwrapped("_orig_mod.model.norm.weight", 0), "model.norm.weight");
  EXPECT_EQ(unwrapped("base_model.model._orig_mod.lm_head.weight", 0), "base_model.model.lm_head.weight");
  EXPECT_EQ(unwrapped("model.layers.0._fsdp_wrapped_module._checkpoint_wrapped_module.mlp.weight", 0),
            "model.layers.0.mlp.weight");
  EXPECT_EQ(unwrapped("module._orig_mod.a", 1), "a");
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
    EXPECT_EQ(unwrapped(at + stored, 0), at + saved);
    EXPECT_EQ(unwrapped(at + saved, 0), at + saved);
  }
  for (const std::string plain : {"lora_magnitude_vector.weight", "modules_to_save.weight",
                                  "lora_A.a.b.weight", "lora_C.default.weight"})
    EXPECT_EQ(unwrapped(at + plain, 0), at + plain);
}

TEST(WrappedNames, LeaveEveryOtherNameAsItIs) {
  for (const std::string name : {"", ".", "a..b", "a.", "_orig_mod", "model.my_orig_mod.weight", "module.a"})
    EXPECT_EQ(unwrapped(name, 0), name);
}

TEST(WrappedNames, AreThoseOfReplicasOnlyWhereAllOfThemAre) {
  EXPECT_EQ(find_wrapped(named({"module.a", "module.b"}))->name, "module.a");
  EXPECT_EQ(find_wrapped(named({"module.a", "b"})), nullptr);
  EXPECT_EQ(replicas_of(named({"module.module.a", "module.b"})), 1u);
  EXPECT_EQ(find_wrapped(named({"a", "_orig_mod.b"}))->name, "_orig_mod.b");
  EXPECT_EQ(find_wrapped({}), nullptr);
}

TEST(WrappedNames, LoseReplicasBehindOtherWrappersAndInsideOfEachOther) {
  for (const std::string front : {"_orig_mod.module.", "_fsdp_wrapped_module.module.", "module.module.",
                                  "module._orig_mod.module.", "module._fsdp_wrapped_module."}) {
    const auto plain = unwrapped(named({front + "a.weight", front + "b._orig_mod.weight"}));
    EXPECT_EQ(plain[0].name, "a.weight");
    EXPECT_EQ(plain[1].name, "b.weight");
    EXPECT_EQ(find_wrapped(plain), nullptr);
  }
}

}  // namespace
}  // namespace slipway::transform
