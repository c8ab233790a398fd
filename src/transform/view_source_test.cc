#include "transform/view_source.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

#include "os/counting_file_system.h"
#include "os/mem_file_system.h"
#include "slipway/safetensors.h"
#include "support/safetensors_file.h"
#include "tensor/piece_source.h"
#include "transform/tied.h"

namespace slipway::transform {
namespace {

using tensor::Dtype;

constexpr std::size_t kElements = 300'000;  // more than one piece of a cast

std::string floats(std::size_t count) {
  std::string bytes(count * sizeof(float), '\0');
  for (std::size_t i = 0; i < count; ++i) {
    const float value = static_cast<float>(i) / 7.0F;
    std::memcpy(bytes.data() + i * sizeof value, &value, sizeof value);
  }
  return bytes;
}

struct Model {
  Model() {
    fs.put("/m/model.safetensors",
           slipway::testing::safetensors_file(
               {{"lm_head.weight", Dtype::kF32, {kElements}, floats(kElements)},
                {"model.embed_tokens.weight", Dtype::kF32, {kElements}, floats(kElements)},
                {"steps", Dtype::kI64, {1}, "12345678"}}));
    source = tensor::open_weights(fs, "/m", "model").value().source;
  }
  std::size_t index(std::string_view name) const {
    const auto all = source->catalogue();
    return static_cast<std::size_t>(std::ranges::find(all, name, &tensor::TensorInfo::name) - all.begin());
  }
  os::MemFileSystem fs;
  std::shared_ptr<const tensor::TensorSource> source;
};

ByteVector read_all_of(const tensor::TensorSource& source, std::size_t tensor, std::size_t step) {
  ByteVector bytes(source.catalogue()[tensor].size_bytes);
  for (std::size_t at = 0; at < bytes.size(); at += step) {
    const std::size_t here = std::min(step, bytes.size() - at);
    EXPECT_TRUE(source.read(tensor, at, MutableBytes(bytes).subspan(at, here)));
  }
  return bytes;
}

TEST(View, CastsTheSameBytesHoweverTheReadsAreSplit) {
  Model model;
  const ViewSource view(model.source, {{model.index("lm_head.weight"), "head", Dtype::kBF16}});
  EXPECT_EQ(view.catalogue()[0].size_bytes, kElements * 2);
  const ByteVector whole = read_all_of(view, 0, kElements * 2);
  EXPECT_EQ(read_all_of(view, 0, 997), whole);
  EXPECT_EQ(read_all_of(view, 0, 300'001), whole);
  EXPECT_EQ(view.extent(0), nullptr);
}

TEST(View, PassesUncastTensorsThroughUnderTheirNewNames) {
  Model model;
  const ViewSource view(model.source, {{model.index("steps"), "renamed", std::nullopt}});
  EXPECT_EQ(view.catalogue()[0].name, "renamed");
  EXPECT_EQ(as_text(read_all_of(view, 0, 3)), "12345678");
  EXPECT_NE(view.extent(0), nullptr);
}

TEST(TiedPair, IsFoundByNameAndComparedByBytes) {
  Model model;
  const auto pair = find_embedding_pair(model.source->catalogue());
  ASSERT_TRUE(pair);
  EXPECT_EQ(model.source->catalogue()[pair->source].name, "model.embed_tokens.weight");
  EXPECT_TRUE(same_bytes(*model.source, pair->source, pair->target).value());
}

TEST(TiedPair, TellsALastByteApart) {
  os::MemFileSystem fs;
  std::string other = floats(kElements);
  other.back() = static_cast<char>(other.back() ^ 1);
  fs.put("/m/model.safetensors", slipway::testing::safetensors_file(
                                     {{"lm_head.weight", Dtype::kF32, {kElements}, floats(kElements)},
                                      {"model.embed_tokens.weight", Dtype::kF32, {kElements}, other}}));
  const auto source = tensor::open_weights(fs, "/m", "model").value().source;
  const auto pair = find_embedding_pair(source->catalogue());
  ASSERT_TRUE(pair);
  EXPECT_FALSE(same_bytes(*source, pair->source, pair->target).value());
}

TEST(TiedPair, IsNotReadWhereBothLieAtOnePlace) {
  os::MemFileSystem fs;
  os::CountingFileSystem counting(fs);
  fs.put("/m/w", "0123456789abcdef");
  const auto tensor = [](const char* name, std::uint64_t offset) {
    return tensor::PiecedTensor{
        .info = {.name = name, .dtype = Dtype::kF32, .shape = {2}, .size_bytes = 8},
        .grid = {2},
        .pieces = {{.file_offset_bytes = offset, .at = {0}, .extent = {2}, .stride = {1}}}};
  };
  const auto source = tensor::make_piece_source(
      counting, {{.file = "w", .path = "/m/w", .stat = *fs.stat("/m/w")}},
      {tensor("embed_tokens.weight", 0), tensor("lm_head.weight", 0), tensor("other", 8)});
  ASSERT_TRUE(source) << describe(source.error());
  EXPECT_TRUE(same_bytes(**source, 0, 1).value());
  EXPECT_EQ(counting.bytes_read(), 0u);
  EXPECT_FALSE(same_bytes(**source, 0, 2).value());
}

bool tied(std::string_view config) { return says_tied(json::parse(config).value()); }

TEST(TieFlag, TiesWhereEveryLevelSaysSoOrNoneAndTheModelTypeDoes) {
  EXPECT_TRUE(tied(R"({"tie_word_embeddings": true, "model_type": "llama"})"));
  EXPECT_FALSE(tied(R"({"tie_word_embeddings": true, "text_config": {"tie_word_embeddings": false}})"));
  EXPECT_FALSE(tied(R"({"tie_word_embeddings": false, "text_config": {"tie_word_embeddings": true}})"));
  EXPECT_TRUE(tied(R"({"model_type": "gemma2"})"));
  EXPECT_FALSE(tied(R"({"model_type": "llama"})"));
  EXPECT_FALSE(tied(R"({"model_type": "unheard-of"})"));
}

}  // namespace
}  // namespace slipway::transform
