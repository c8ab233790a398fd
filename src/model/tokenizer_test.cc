#include "model/tokenizer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace slipway::model {
namespace {

using testing::UnorderedElementsAre;

Tokenizer read(std::map<std::string, std::string> files) {
  auto tokenizer = read_tokenizer({.files = std::move(files)});
  if (!tokenizer) ADD_FAILURE() << describe(tokenizer.error());
  return tokenizer ? std::move(*tokenizer) : Tokenizer{};
}

TEST(TokenizerTest, ReadsVocabularyAndAddedTokens) {
  const Tokenizer tokenizer =
      read({{"tokenizer.json", R"({"model": {"type": "BPE", "vocab": {"a": 0, "b": 1}},
      "added_tokens": [{"id": 2, "content": "<e>", "special": true}, {"id": 3, "content": "<t>", "special": false}]})"}});
  EXPECT_TRUE(tokenizer.readable_vocabulary);
  EXPECT_EQ(tokenizer.id_of("b"), 1);
  EXPECT_EQ(tokenizer.text_of(2), "<e>");
  EXPECT_EQ(tokenizer.text_of(0), "a");
  EXPECT_EQ(tokenizer.max_id(), 3);
  EXPECT_THAT(tokenizer.special, UnorderedElementsAre("<e>"));
}

TEST(TokenizerTest, CountsAUnigramVocabularyByPlace) {
  const Tokenizer tokenizer =
      read({{"tokenizer.json", R"({"model": {"type": "Unigram", "vocab": [["<unk>", 0.0], ["x", -1.5]]}})"}});
  EXPECT_EQ(tokenizer.id_of("x"), 1);
}

TEST(TokenizerTest, ReadsTheVocabularyFileOfASlowTokenizer) {
  const Tokenizer tokenizer = read({{"vocab.json", R"({"a": 5})"}, {"added_tokens.json", R"({"<e>": 6})"}});
  EXPECT_TRUE(tokenizer.readable_vocabulary);
  EXPECT_EQ(tokenizer.id_of("<e>"), 6);
  EXPECT_EQ(tokenizer.added.at(6), "<e>");
}

TEST(TokenizerTest, KnowsAddedTokensWithoutAReadableVocabulary) {
  const Tokenizer tokenizer =
      read({{"tokenizer_config.json", R"({"eos_token": {"content": "</s>", "lstrip": false},
      "added_tokens_decoder": {"2": {"content": "</s>", "special": true}}})"}});
  EXPECT_FALSE(tokenizer.readable_vocabulary);
  EXPECT_EQ(tokenizer.eos_id(), 2);
}

TEST(TokenizerTest, TakesTokensFromTheConfigBeforeTheMap) {
  const Tokenizer tokenizer =
      read({{"tokenizer_config.json", R"({"eos_token": "a", "bos_token": null})"},
            {"special_tokens_map.json",
             R"({"eos_token": "b", "bos_token": "c", "pad_token": {"content": "d"}})"}});
  EXPECT_EQ(tokenizer.eos, "a");
  EXPECT_EQ(tokenizer.bos, std::nullopt);
  EXPECT_EQ(tokenizer.pad, "d");
}

TEST(TokenizerTest, MarksListedTokensSpecial) {
  const std::string vocab = R"({"model": {"vocab": {"<x>": 0, "<y>": 1, "<z>": 2, "w": 3}}})";
  const Tokenizer tokenizer =
      read({{"tokenizer.json", vocab}, {"tokenizer_config.json", R"({"eos_token": "<z>",
      "additional_special_tokens": ["<x>"], "extra_special_tokens": {"image": "<y>", "gone": "<q>"}})"}});
  EXPECT_THAT(tokenizer.special, UnorderedElementsAre("<x>", "<y>", "<z>"));
}

TEST(TokenizerTest, PrefersTheTemplateInAFileOfItsOwn) {
  const std::string config = R"({"chat_template": "old"})";
  EXPECT_EQ(read({{"tokenizer_config.json", config}}).chat_template, "old");
  const Tokenizer tokenizer = read({{"tokenizer_config.json", config}, {"chat_template.jinja", "new"}});
  EXPECT_EQ(tokenizer.chat_template, "new");
  EXPECT_EQ(tokenizer.chat_template_file, "chat_template.jinja");
}

TEST(TokenizerTest, TakesTheDefaultOfSeveralTemplates) {
  const Tokenizer tokenizer = read({{"tokenizer_config.json", R"({"chat_template": [
      {"name": "tool_use", "template": "t"}, {"name": "default", "template": "d"}]})"}});
  EXPECT_EQ(tokenizer.chat_template, "d");
}

TEST(TokenizerTest, IsEmptyWithoutFiles) {
  const Tokenizer tokenizer = read({});
  EXPECT_FALSE(tokenizer.readable_vocabulary);
  EXPECT_EQ(tokenizer.max_id(), std::nullopt);
  EXPECT_EQ(tokenizer.eos_id(), std::nullopt);
}

TEST(TokenizerTest, NamesTheFileThatIsDamaged) {
  for (const auto& [name, text] : std::map<std::string, std::string>{
           {"tokenizer.json", R"({"model": {"vocab": {"a": -1}}})"},
           {"tokenizer_config.json", R"({"added_tokens_decoder": {"x": {"content": "y"}}})"},
           {"vocab.json", "[]"},
           {"added_tokens.json", R"({"a": "b"})"},
           {"special_tokens_map.json", "{"}}) {
    const auto tokenizer = read_tokenizer({.files = {{name, text}}});
    ASSERT_FALSE(tokenizer.has_value()) << name;
    EXPECT_EQ(tokenizer.error().code, ErrorCode::kCorruptData);
    EXPECT_NE(describe(tokenizer.error()).find(name), std::string::npos) << describe(tokenizer.error());
  }
}

}  // namespace
}  // namespace slipway::model
