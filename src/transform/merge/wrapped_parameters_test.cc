#include "transform/merge/wrapped_parameters.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace slipway::transform {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> of(std::string_view module, const std::vector<std::string>& targets) {
  const auto holds = [&](const std::string& name) {
    return module.ends_with("experts") && (name == "gate_up_proj" || name == "down_proj");
  };
  return parameters_of(module, targets, holds);
}

TEST(WrappedParameters, AreThoseThatPeftMatches) {
  EXPECT_THAT(of("model.layers.0.mlp.experts", {"mlp.experts.down_proj", "experts.gate_up_proj"}),
              ElementsAre("down_proj", "gate_up_proj"));
  EXPECT_THAT(of("model.layers.0.mlp.experts", {"xperts.down_proj", "mlp.down_proj"}), IsEmpty());
  EXPECT_THAT(of("model.layers.0.mlp.gate", {"gate.weight", "gate_up_proj"}), ElementsAre("weight"));
  // Without a dot: whatever module holds such a parameter itself.
  EXPECT_THAT(of("model.layers.0.mlp.experts", {"down_proj", "gate_up_proj", "experts.down_proj"}),
              ElementsAre("down_proj", "gate_up_proj"));
  EXPECT_THAT(of("model.layers.0.mlp.down_proj", {"down_proj", "gate_up_proj"}), IsEmpty());
}

}  // namespace
}  // namespace slipway::transform
