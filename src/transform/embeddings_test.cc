#include "transform/embeddings.h"

#include <gtest/gtest.h>

namespace slipway::transform {
namespace {

std::optional<Embeddings> found(std::initializer_list<std::string> names) {
  std::vector<tensor::TensorInfo> catalogue;
  for (const std::string& name : names) {
    tensor::TensorInfo info;
    info.name = name;
    catalogue.push_back(std::move(info));
  }
  return find_embeddings(catalogue);
}

TEST(Embeddings, AreFoundByTheirLayoutsNames) {
  const auto llama = found({"lm_head.weight", "model.embed_tokens.weight"});
  ASSERT_TRUE(llama);
  EXPECT_EQ(llama->input, 1U);
  EXPECT_EQ(llama->output, 0U);
  EXPECT_EQ(llama->layers, "model.layers");
  EXPECT_EQ(found({"transformer.wte.weight"})->layers, "transformer.h");
}

TEST(Embeddings, OfALoneOutputBelongToTheLayoutOfItsLayers) {
  const auto lone = found({"lm_head.weight", "backbone.layers.0.norm.weight"});
  ASSERT_TRUE(lone);
  EXPECT_FALSE(lone->input);
  EXPECT_EQ(lone->layers, "backbone.layers");
  EXPECT_FALSE(found({"lm_head.weight", "backbone.layersome.0.weight"}));
}

TEST(Embeddings, OfWhisperHaveAHeadOfAnotherName) {
  EXPECT_EQ(found({"model.decoder.embed_tokens.weight", "model.encoder.conv1.weight"})->output_name,
            "proj_out.weight");
  EXPECT_EQ(found({"model.decoder.embed_tokens.weight"})->output_name, "lm_head.weight");
  const auto encoder = found({"roberta.embeddings.word_embeddings.weight", "lm_head.decoder.weight"});
  ASSERT_TRUE(encoder);
  EXPECT_EQ(encoder->output, 1U);
  EXPECT_EQ(encoder->layers, "");
}

TEST(Embeddings, OfALayoutThatNobodyKnowsAreNotFound) { EXPECT_FALSE(found({"tower.words", "head"})); }

}  // namespace
}  // namespace slipway::transform
