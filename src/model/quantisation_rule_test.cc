#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "model/rule_test_support.h"

namespace slipway::model {
namespace {

using namespace testing_support;  // NOLINT
using testing::ElementsAre;
using testing::IsEmpty;

RuleInputs two_levels(bool plain) {
  return {.run = {{{"config.json",
                    R"({"architectures":["Model"],"quantization_config":{"quant_method":"bitsandbytes",)"
                    R"("quantization_config":1},"text_config":{"dtype":"float32","quantization_config":)"
                    R"({"load_in_4bit":true},"torch_dtype":"float32"}})"}}},
          .dtype = "bfloat16",
          .plain_weights = plain};
}

TEST(QuantisationRule, TakesTheKeyFromEveryLevelOfAPlainModel) {
  const RuleInputs inputs = two_levels(true);
  const auto outcome = apply(inputs);
  EXPECT_EQ(after(inputs, outcome, "config.json", ""),
            R"({"architectures":["Model"],"text_config":{"dtype":"bfloat16","torch_dtype":"bfloat16"}})");
  EXPECT_THAT(codes(outcome), ElementsAre("quantization-config-left", "quantization-config-left",
                                          "dtype-wrong", "dtype-wrong"));
}

TEST(QuantisationRule, LeavesQuantisedModelsAlone) {
  EXPECT_THAT(codes(apply(two_levels(false))), IsEmpty());
}

}  // namespace
}  // namespace slipway::model
