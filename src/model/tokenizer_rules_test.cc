#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "model/rule_test_support.h"
#include "model/tokenizer_json.h"

namespace slipway::model {
namespace {

using namespace testing_support;  // NOLINT
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr const char* kConfig = "tokenizer_config.json";
constexpr const char* kJson = "tokenizer.json";

RuleInputs decoder() {
  return {.run = run_with(fmt::format(R"({}, "eos_token_id": 2)", kDecoder), R"("eos_token_id": 2)")};
}

// A model that generates nothing, with a tokenizer_config.json of these members.
RuleInputs tokenizer_with(std::string_view members) {
  return {.run = {{{"config.json", R"({"architectures":["Model"]})"},
                   {kConfig, fmt::format("{{{}}}", members)},
                   {"special_tokens_map.json", "{}"},
                   {kJson, R"({"model":{}})"}}}};
}

RuleInputs with_json(RuleInputs inputs, std::string_view members) {
  std::string& text = inputs.run.files[kJson];
  text = fmt::format("{{{},{}", members, text.substr(1));
  return inputs;
}

std::string config_after(const RuleInputs& inputs) { return after(inputs, apply(inputs), kConfig, ""); }

TEST(TokenizerConfigRule, NamesAClassThatBothErasKnow) {
  RuleInputs inputs = tokenizer_with(R"("tokenizer_class":"TokenizersBackend")");
  EXPECT_EQ(config_after(inputs), R"({"tokenizer_class":"PreTrainedTokenizerFast"})");
  EXPECT_THAT(codes(apply(inputs)), ElementsAre("tokenizer-class-new"));
  inputs.run.files.erase(kJson);  // what else could it load
  EXPECT_THAT(codes(apply(inputs)), IsEmpty());
  EXPECT_THAT(codes(apply(tokenizer_with(R"("tokenizer_class":"Qwen2Tokenizer")"))), IsEmpty());
}

TEST(TokenizerConfigRule, MovesAListOfExtraTokensToTheNameThatBothRead) {
  EXPECT_EQ(config_after(tokenizer_with(R"("extra_special_tokens":["<a>",{"content":"<b>"}])")),
            R"({"additional_special_tokens":["<a>",{"content":"<b>"}]})");
  EXPECT_EQ(config_after(tokenizer_with(
                R"("additional_special_tokens":["<a>"],"extra_special_tokens":["<a>","<b>"])")),
            R"({"additional_special_tokens":["<a>","<b>"]})");
  EXPECT_EQ(config_after(tokenizer_with(R"("extra_special_tokens":[],"x":1)")), R"({"x":1})");
  EXPECT_THAT(codes(apply(tokenizer_with(R"("extra_special_tokens":{"image_token":"<i>"})"))), IsEmpty());
}

TEST(TokenizerConfigRule, WritesTheSpecialTokensMapThatIsMissing) {
  RuleInputs inputs = tokenizer_with(
      R"("bos_token":null,"eos_token":{"__type":"AddedToken","content":"</s>","lstrip":false,"special":true},)"
      R"("extra_special_tokens":["<é>"],"pad_token":"<pad>","unk_token":"")");
  inputs.run.files.erase("special_tokens_map.json");
  const RuleOutcome outcome = apply(inputs);
  EXPECT_EQ(*outcome.files.find("special_tokens_map.json"),
            "{\n  \"additional_special_tokens\": [\n    \"<é>\"\n  ],\n  \"eos_token\": {\n"
            "    \"content\": \"</s>\",\n    \"lstrip\": false\n  },\n  \"pad_token\": \"<pad>\"\n}\n");
  EXPECT_THAT(codes(outcome),
              ElementsAre("extra-tokens-new-form", "extra-tokens-new-form", "special-tokens-map-missing"));
}

TEST(TokenizerConfigRule, MakesNoMapOfNothing) {
  RuleInputs inputs = tokenizer_with(R"("model_max_length":512)");
  inputs.run.files.erase("special_tokens_map.json");
  EXPECT_THAT(codes(apply(inputs)), IsEmpty());
}

TEST(TemplateRule, WritesTheOtherPlace) {
  RuleInputs file = tokenizer_with(R"("x":1)");
  file.run.files["chat_template.jinja"] = "a\n\"é\"";
  EXPECT_EQ(config_after(file), "{\"chat_template\":\"a\\n\\\"é\\\"\",\"x\":1}");
  EXPECT_THAT(codes(apply(file)), ElementsAre("template-in-file-only"));

  const RuleInputs key = tokenizer_with(R"("chat_template":"a\n")");
  const RuleOutcome outcome = apply(key);
  EXPECT_EQ(*outcome.files.find("chat_template.jinja"), "a\n");
  EXPECT_THAT(codes(outcome), ElementsAre("template-in-config-only"));
}

TEST(TemplateRule, TakesTheDefaultOfSeveral) {
  RuleInputs inputs = tokenizer_with(
      R"("chat_template":[{"name":"tools","template":"t"},{"name":"default","template":"d"}])");
  EXPECT_EQ(*apply(inputs).files.find("chat_template.jinja"), "d");
  inputs.run.files["chat_template.jinja"] = "file";
  EXPECT_EQ(config_after(inputs),
            R"({"chat_template":[{"name":"tools","template":"t"},{"name":"default","template":"file"}]})");
}

TEST(TemplateRule, LetsThePlaceWinThatTheTrainersVersionWrites) {
  RuleInputs inputs = tokenizer_with(R"("chat_template":"key")");
  inputs.run.files["chat_template.jinja"] = "file";
  for (const auto& [version, winner] :
       {std::pair("4.51.3", "key"), std::pair("4.52.0", "file"), std::pair("5.0.0", "file"),
        std::pair("", "file"), std::pair("4", "key")}) {
    SCOPED_TRACE(version);
    inputs.run.files["config.json"] =
        fmt::format(R"({{"architectures":["Model"],"transformers_version":"{}"}})", version);
    const RuleOutcome outcome = apply(inputs);
    EXPECT_THAT(codes(outcome), ElementsAre("template-conflict"));
    EXPECT_EQ(after(inputs, outcome, kConfig, "chat_template"), fmt::format("\"{}\"", winner));
    const std::string* file = outcome.files.find("chat_template.jinja");
    EXPECT_EQ(file == nullptr ? "file" : *file, winner);
  }
}

TEST(TemplateRule, ReadsTheTurnEndFromTheWinner) {
  RuleInputs inputs = decoder();
  inputs.run.files["chat_template.jinja"] = "{{ messages[0].content }}";
  inputs.run.files["config.json"] =
      fmt::format(R"({{{}, "eos_token_id": 2, "transformers_version": "4.40.0"}})", kDecoder);
  const RuleOutcome outcome = apply(inputs);
  EXPECT_FALSE(warns(outcome, "turn-end-undecided"));
}

TEST(TokenizerJsonRule, ResetsTruncationAndPaddingByTheirBytes) {
  const RuleInputs inputs =
      with_json(decoder(), "\"truncation\" : {\"max_length\": 512} ,\n\"padding\":{\"x\":[1]}");
  const RuleOutcome outcome = apply(inputs);
  EXPECT_THAT(codes(outcome), ElementsAre("tokenizer-truncation", "tokenizer-padding"));
  EXPECT_EQ(*outcome.files.find(kJson),
            *with_json(decoder(), "\"truncation\" : null ,\n\"padding\":null").run.find(kJson));
  EXPECT_EQ(outcome.fixes.front().before, R"({"max_length":512})");
}

TEST(TokenizerJsonRule, TakesTheBasesSettings) {
  RuleInputs inputs = with_json(decoder(), R"("truncation":{"max_length":512},"padding":null)");
  inputs.base = with_json(decoder(), R"("truncation":{"max_length":8192})").run;
  const RuleOutcome outcome = apply(inputs);
  EXPECT_EQ(after(inputs, outcome, kJson, "truncation"), R"({"max_length":8192})");
  EXPECT_THAT(codes(outcome), ElementsAre("tokenizer-truncation"));
}

TEST(TokenizerJsonRule, KeepsWhatAnEncoderTruncatesAt) {
  EXPECT_THAT(codes(apply(with_json(tokenizer_with(""), R"("truncation":{"max_length":512})"))), IsEmpty());
}

TEST(TokenizerJsonRule, ReportsAPipelineThatIsNotTheBases) {
  RuleInputs inputs = with_json(decoder(), R"("pre_tokenizer":{"type":"Metaspace"},"normalizer":null)");
  inputs.base = with_json(decoder(), R"("pre_tokenizer":{"type":"ByteLevel"})").run;
  const RuleOutcome outcome = apply(inputs);
  EXPECT_THAT(codes(outcome), IsEmpty());
  ASSERT_TRUE(warns(outcome, "tokenizer-pipeline-differs"));
  EXPECT_THAT(outcome.warnings.front().message,
              HasSubstr(R"({"type":"Metaspace"} here and {"type":"ByteLevel"} in)"));
}

TEST(TokenizerJsonRule, TakesAnEmptyTemplateForNone) {
  RuleInputs inputs = with_json(
      decoder(),
      R"("post_processor":{"type":"TemplateProcessing","single":[],"pair":[],"special_tokens":{}})");
  inputs.base = decoder().run;
  EXPECT_FALSE(warns(apply(inputs), "tokenizer-pipeline-differs"));
}

TEST(LocalRule, RemovesPathsAndKeepsIds) {
  const RuleInputs inputs = tokenizer_with(
      R"("name_or_path":"/home/me/base","tokenizer_file":"/x/tokenizer.json","vocab_file":"vocab.json",)"
      R"("is_local":true,"local_files_only":false)");
  EXPECT_EQ(config_after(inputs), R"({"vocab_file":"vocab.json"})");
  EXPECT_THAT(codes(apply(inputs)), ElementsAre("local-path", "local-path", "local-flag", "local-flag"));
  for (const char* id : {"owner/name", "gpt2", ""})
    EXPECT_THAT(codes(apply(tokenizer_with(fmt::format(R"("name_or_path":"{}")", id)))), IsEmpty()) << id;
  for (const char* path : {"~/m", "./out", "../out", "C:\\\\m", "a/b/c", "out/checkpoint-12", "out/"})
    EXPECT_THAT(codes(apply(tokenizer_with(fmt::format(R"("name_or_path":"{}")", path)))),
                ElementsAre("local-path"))
        << path;
}

TEST(LocalRule, PutsTheBasesPublicIdInItsPlace) {
  RuleInputs inputs{
      .run = {
          {{"config.json",
            R"({"_name_or_path":"/m/base","architectures":["Model"],"text_config":{"_name_or_path":"/m"}})"}}}};
  EXPECT_EQ(after(inputs, apply(inputs), "config.json", ""),
            R"({"architectures":["Model"],"text_config":{}})");
  inputs.public_base_id = "owner/base";
  EXPECT_EQ(after(inputs, apply(inputs), "config.json", ""),
            R"({"_name_or_path":"owner/base","architectures":["Model"],"text_config":{}})");
}

TEST(TokenizerJson, RefusesATextThatNamesAMemberTwice) {
  EXPECT_FALSE(TokenizerJson::open(R"({"a":1,"a":2})"));
  EXPECT_FALSE(TokenizerJson::open("[]"));
}

}  // namespace
}  // namespace slipway::model
