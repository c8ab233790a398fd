#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "model/rule_test_support.h"

namespace slipway::model {
namespace {

using namespace testing_support;  // NOLINT
using testing::ElementsAre;
using testing::IsEmpty;

RuleInputs config_with(std::string_view members, std::string dtype = "bfloat16") {
  const std::string config = fmt::format(R"({{"architectures":["Model"],{}}})", members);
  return {.run = {{{"config.json", config}}}, .dtype = std::move(dtype)};
}

std::string config_after(const RuleInputs& inputs) { return after(inputs, apply(inputs), "config.json", ""); }

TEST(DtypeRule, WritesBothNamesAtEachLevelThatHasOne) {
  const RuleInputs inputs = config_with(
      R"("dtype":"bfloat16","text_config":{"torch_dtype":"float32"},"vision_config":{"depth":1})");
  EXPECT_EQ(config_after(inputs), R"({"architectures":["Model"],"dtype":"bfloat16",)"
                                  R"("text_config":{"dtype":"bfloat16","torch_dtype":"bfloat16"},)"
                                  R"("torch_dtype":"bfloat16","vision_config":{"depth":1}})");
  EXPECT_THAT(codes(apply(inputs)), ElementsAre("dtype-one-name", "dtype-one-name", "dtype-wrong"));
}

TEST(DtypeRule, CorrectsWhatTheWeightsContradict) {
  const RuleInputs inputs = config_with(R"("dtype":"float32","torch_dtype":"float32")", "float16");
  EXPECT_EQ(config_after(inputs), R"({"architectures":["Model"],"dtype":"float16","torch_dtype":"float16"})");
  EXPECT_THAT(codes(apply(inputs)), ElementsAre("dtype-wrong", "dtype-wrong"));
}

TEST(DtypeRule, GivesNoKeyToAConfigWithoutOne) {
  EXPECT_THAT(codes(apply(config_with(R"("hidden_size":8)"))), IsEmpty());
}

TEST(DtypeRule, TakesOnlyModelConfigsForLevels) {
  EXPECT_THAT(codes(apply(config_with(R"("compression":{"dtype":"float32"},"decoder":{"hidden_size":8})"))),
              IsEmpty());
  EXPECT_THAT(codes(apply(config_with(R"("decoder":{"model_type":"llama","dtype":"float32"})"))),
              ElementsAre("dtype-wrong", "dtype-one-name"));
}

TEST(DtypeRule, LeavesQuantisedModelsAndUnknownWeightsAlone) {
  constexpr std::string_view kWrong = R"("dtype":"float32")";
  EXPECT_THAT(codes(apply(config_with(kWrong, ""))), IsEmpty());
  EXPECT_THAT(codes(apply(config_with(fmt::format(R"({},"quantization_config":{{}})", kWrong)))), IsEmpty());
  EXPECT_THAT(
      codes(apply(config_with(fmt::format(R"({},"text_config":{{"quantization_config":{{}}}})", kWrong)))),
      IsEmpty());
}

}  // namespace
}  // namespace slipway::model
