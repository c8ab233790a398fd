#include "transform/replicated_layers.h"

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

std::shared_ptr<const tensor::TensorSource> model(os::MemFileSystem& fs,
                                                  const std::vector<std::string>& names) {
  std::vector<testing::TestTensor> tensors;
  for (const std::string& name : names)
    tensors.push_back({name, Dtype::kU8, {1}, std::string(1, static_cast<char>('a' + tensors.size()))});
  fs.put("/model.safetensors", testing::safetensors_file(tensors));
  return tensor::open_weights(fs, "/", "model").value().source;
}

std::vector<std::string> shown(const tensor::TensorSource& source) {
  std::vector<std::string> all;
  for (std::size_t i = 0; i < source.catalogue().size(); ++i) {
    ByteVector byte(1);
    EXPECT_TRUE(source.read(i, 0, byte));
    all.push_back(source.catalogue()[i].name + "=" + std::string(as_text(byte)));
  }
  return all;
}

TEST(ReplicatedLayers, StandInTheOrderOfTheRangesUnderNewNumbers) {
  os::MemFileSystem fs;
  const auto source =
      model(fs, {"lm_head.weight", "model.layers.0.w", "model.layers.1.w", "model.layers.2.w"});
  const auto view = replicate_layers(source, {{0, 2}, {1, 3}});
  ASSERT_TRUE(view) << describe(view.error());
  EXPECT_THAT(shown(**view), ElementsAre("lm_head.weight=a", "model.layers.0.w=b", "model.layers.1.w=c",
                                         "model.layers.2.w=c", "model.layers.3.w=d"));
}

TEST(ReplicatedLayers, AreFoundInBertAndFalconToo) {
  for (const char* stack : {"bert.encoder.layer.", "transformer.h."}) {
    os::MemFileSystem fs;
    const auto view = replicate_layers(model(fs, {fmt::format("{}0.w", stack)}), {{0, 1}, {0, 1}});
    ASSERT_TRUE(view) << stack;
    EXPECT_THAT(shown(**view), ElementsAre(fmt::format("{}0.w=a", stack), fmt::format("{}1.w=a", stack)));
  }
}

TEST(ReplicatedLayers, RefuseLayersThatAreNotThere) {
  os::MemFileSystem fs;
  const auto few = replicate_layers(model(fs, {"model.layers.0.w"}), {{0, 2}});
  ASSERT_FALSE(few);
  EXPECT_THAT(few.error().message, HasSubstr("takes layer 1 and the base has 1"));
  EXPECT_EQ(replicate_layers(model(fs, {"w", "players.0.w", "layers.x.w"}), {{0, 1}}).error().code,
            ErrorCode::kUnsupported);
}

}  // namespace
}  // namespace slipway::transform
