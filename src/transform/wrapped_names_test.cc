#include "transform/wrapped_names.h"

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
