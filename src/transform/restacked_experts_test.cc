#include "transform/restacked_experts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "os/mem_file_system.h"
#include "slipway/safetensors.h"
#include "support/safetensors_file.h"

namespace slipway::transform {
namespace {

using tensor::Dtype;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::TestTensor;
using Source = std::shared_ptr<const tensor::TensorSource>;

class RestackedExperts : public ::testing::Test {
 protected:
  Source model(const std::vector<TestTensor>& tensors) {
    fs_.put("/model.safetensors", testing::safetensors_file(tensors));
    return tensor::open_weights(fs_, "/", "model").value().source;
  }
  // Two experts of 1 x 2, of any family's names.
  Source apart(const std::string& block, const std::string& gate, const std::string& up,
               const std::string& down) {
    const std::string folder = "model.layers.0." + block + ".experts.";
    return model({{folder + "0." + gate + ".weight", Dtype::kU8, {1, 2}, "ab"},
                  {folder + "0." + up + ".weight", Dtype::kU8, {1, 2}, "cd"},
                  {folder + "0." + down + ".weight", Dtype::kU8, {2, 1}, "ef"},
                  {folder + "1." + gate + ".weight", Dtype::kU8, {1, 2}, "gh"},
                  {folder + "1." + up + ".weight", Dtype::kU8, {1, 2}, "ij"},
                  {folder + "1." + down + ".weight", Dtype::kU8, {2, 1}, "kl"},
                  {"model.layers.0." + block + ".gate.weight", Dtype::kU8, {1}, "r"}});
  }
  static std::vector<std::string> shown(const Source& source, std::size_t step = 100) {
    std::vector<std::string> all;
    for (std::size_t i = 0; i < source->catalogue().size(); ++i) {
      const tensor::TensorInfo& info = source->catalogue()[i];
      ByteVector bytes(info.size_bytes);
      for (std::size_t at = 0; at < bytes.size(); at += step)
        EXPECT_TRUE(source->read(i, at, MutableBytes(bytes).subspan(at, std::min(step, bytes.size() - at))));
      all.push_back(fmt::format("{} [{}] {}", info.name, fmt::join(info.shape, ","), as_text(bytes)));
    }
    std::ranges::sort(all);
    return all;
  }
  std::string refusal(const Source& source, bool stacked) {
    const auto made = restack_experts(source, ExpertFamily::kQwen, stacked);
    return made ? "made" : made.error().message;
  }
  os::MemFileSystem fs_{};
};

TEST_F(RestackedExperts, AreStackedUnderTheNamesOfTransformers5HoweverTheyAreRead) {
  const auto stacked =
      restack_experts(apart("block_sparse_moe", "w1", "w3", "w2"), ExpertFamily::kMixtral, true);
  ASSERT_TRUE(stacked) << describe(stacked.error());
  for (const std::size_t step : {1U, 3U, 100U})
    EXPECT_THAT(shown(*stacked, step), ElementsAre("model.layers.0.mlp.experts.down_proj [2,2,1] efkl",
                                                   "model.layers.0.mlp.experts.gate_up_proj [2,2,2] abcdghij",
                                                   "model.layers.0.mlp.gate.weight [1] r"));
}

TEST_F(RestackedExperts, ComeApartAsTheyWere) {
  for (const bool mixtral : {true, false}) {
    const Source source = mixtral ? apart("block_sparse_moe", "w1", "w3", "w2")
                                  : apart("mlp", "gate_proj", "up_proj", "down_proj");
    const auto family = mixtral ? ExpertFamily::kMixtral : ExpertFamily::kQwen;
    const auto back = restack_experts(restack_experts(source, family, true).value(), family, false);
    ASSERT_TRUE(back) << describe(back.error());
    EXPECT_EQ(shown(*back), shown(source));
    EXPECT_EQ(restack_experts(source, family, false).value(), source) << "in that form already";
  }
}

TEST_F(RestackedExperts, ThatAreNotWholeAreRefusedByName) {
  const std::string folder = "model.layers.0.mlp.experts.";
  EXPECT_THAT(refusal(model({{folder + "1.down_proj.weight", Dtype::kU8, {1, 1}, "a"}}), true),
              HasSubstr("number 0 has no down_proj"));
  EXPECT_THAT(refusal(model({{folder + "0.down_proj.weight", Dtype::kU8, {1, 1}, "a"},
                             {folder + "1.down_proj.weight", Dtype::kU8, {1, 2}, "bc"}}),
                      true),
              HasSubstr("1.down_proj.weight in model.safetensors is not of the shape"));
  EXPECT_THAT(refusal(model({{folder + "4294967295.down_proj.weight", Dtype::kU8, {1, 1}, "a"}}), true),
              HasSubstr("4294967296 experts"));
  EXPECT_THAT(refusal(model({{folder + "gate_up_proj", Dtype::kU8, {1, 3, 1}, "abc"}}), false),
              HasSubstr("gate_up_proj in model.safetensors is no stack"));
  EXPECT_THAT(refusal(model({{folder + "down_proj", Dtype::kU8, {1000000, 0, 1}, ""}}), false),
              HasSubstr("is no stack"));
  EXPECT_THAT(refusal(model({{"model.layers.0.mlp.down_proj.weight", Dtype::kU8, {1}, "a"}}), true),
              HasSubstr("holds no experts"));
}

}  // namespace
}  // namespace slipway::transform
