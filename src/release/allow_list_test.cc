#include "release/allow_list.h"

#include <gtest/gtest.h>

namespace slipway::release {
namespace {

NamedParts named_in(const std::string& file, const std::string& text, bool adapter = false) {
  run::RunFacts run;
  run.metadata.files[file] = text;
  if (adapter) run.adapter.emplace();
  return parts_named_by(run);
}

TEST(AllowList, HoldsTheVocabulariesOfEveryTokenizer) {
  for (const char* name :
       {"spiece.model", "sentencepiece.bpe.model", "spm.model", "tokenizer.model", "source.spm",
        "qwen.tiktoken", "vocab.txt", "merges.txt", "tekken.json", "vocab-src.json"})
    EXPECT_TRUE(is_published(name, {})) << name;
  for (const char* name : {"train.py", "old/tokenizer.model", "optimizer.pt", "notes.txt"})
    EXPECT_FALSE(is_published(name, {})) << name;
}

TEST(AllowList, HoldsWhatQuantisersWriteBesideTheConfig) {
  for (const char* name : {"quantize_config.json", "quant_config.json", "hf_quant_config.json"})
    EXPECT_TRUE(is_published(name, {})) << name;
  EXPECT_FALSE(is_published("old/quantize_config.json", {}));
}

TEST(AllowList, HoldsTheCodeThatAConfigNames) {
  const std::string own = R"({"auto_map": {"AutoModel": "modeling_x.XModel"}})";
  for (const char* file : {"config.json", "tokenizer_config.json", "processor_config.json"}) {
    const NamedParts parts = named_in(file, own);
    EXPECT_TRUE(is_published("modeling_x.py", parts)) << file;
    EXPECT_FALSE(is_published("zero_to_fp32.py", parts));
    EXPECT_FALSE(is_published("scripts/train.py", parts));
  }
  EXPECT_TRUE(named_in("tokenizer_config.json", R"({"auto_map": {"AutoTokenizer": ["t.Slow", null]}})").code);
  EXPECT_FALSE(named_in("config.json", R"({"auto_map": {"AutoModel": "me/code--modeling_x.XModel"}})").code);
  EXPECT_FALSE(named_in("config.json", own, /*adapter=*/true).code);
}

TEST(AllowList, HoldsTheFoldersOfSentenceTransformers) {
  const NamedParts parts = named_in("modules.json", R"([
      {"idx": 0, "path": "", "type": "sentence_transformers.models.Transformer"},
      {"idx": 1, "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
      {"idx": 2, "path": "../2_Dense", "type": "sentence_transformers.models.Dense"}])");
  EXPECT_TRUE(is_published("1_Pooling/config.json", parts));
  EXPECT_TRUE(is_published("1_Pooling/model.safetensors", parts));
  EXPECT_FALSE(is_published("1_Pooling/optimizer.pt", parts));
  EXPECT_FALSE(is_published("1_Pooling/.env", parts));
  EXPECT_FALSE(is_published("1_Pooling2/config.json", parts));
  EXPECT_FALSE(is_published("../2_Dense/config.json", parts));
  EXPECT_FALSE(parts.code);
}

}  // namespace
}  // namespace slipway::release
