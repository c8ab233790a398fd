#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "card/card_test_support.h"
#include "card/sections.h"
#include "card/tags.h"

namespace slipway::card {
namespace {

using model::Proof;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

std::vector<model::EngineClaim> sure() {
  return {{.engine = "vLLM", .loads = Proof::kByRule, .stops = Proof::kByRule},
          {.engine = "llama.cpp", .loads = Proof::kByRule, .stops = Proof::kByRule}};
}

TEST(QuickStart, ShowsOtherEnginesOnlyWhereTheyLoadAndStop) {
  CardFacts facts = chat_model();
  EXPECT_THAT(quick_start(facts), Not(HasSubstr("```bash")));
  facts.engines = sure();
  EXPECT_THAT(quick_start(facts), HasSubstr("vllm serve me/my_model-v1\n"));
  EXPECT_THAT(quick_start(facts), HasSubstr("hf download me/my_model-v1 --local-dir model\n"));
  facts.engines[0].stops = Proof::kUnknown;
  EXPECT_THAT(quick_start(facts), Not(HasSubstr("vllm")));
  facts.engines[1].loads = Proof::kUnknown;
  EXPECT_THAT(quick_start(facts), Not(HasSubstr("```bash")));
  facts.engines = sure();
  facts.repo.clear();
  EXPECT_THAT(quick_start(facts), Not(HasSubstr("```bash")));  // nothing to fetch
}

TEST(QuickStart, ServesAnAdapterOverItsBase) {
  CardFacts facts = adapter();
  facts.engines = sure();
  facts.training.settings = {{"lora_r", "64"}};
  EXPECT_THAT(quick_start(facts), Not(HasSubstr("vllm")));  // which would stop where the base does
  facts.pass_generation_config = false;
  EXPECT_THAT(
      quick_start(facts),
      HasSubstr(
          "vllm serve org/base --enable-lora --max-lora-rank 64 --lora-modules adapter=me/my_model-v1\n"));
  EXPECT_THAT(quick_start(facts), Not(HasSubstr("convert_hf_to_gguf")));
  facts.base_id.clear();
  EXPECT_THAT(quick_start(facts), Not(HasSubstr("vllm")));
}

TEST(QuickStart, TakesNoNameIntoAShellThatNeedsQuotes) {
  CardFacts facts = chat_model();
  facts.engines = sure();
  facts.repo = "me/$(rm)";
  EXPECT_THAT(quick_start(facts), Not(HasSubstr("```bash")));
  facts.gguf = {"a b.gguf", "mmproj.gguf", "-x.gguf", "good.gguf"};
  EXPECT_THAT(quick_start(facts), HasSubstr("llama-cli -m good.gguf\n"));
}

TEST(QuickStart, AnAdapterThatHearsIsLaidOverItsBase) {
  CardFacts facts = adapter();
  facts.kind = model::ModelKind::kEncoderDecoder;
  facts.task = model::Task::kSpeechRecognition;
  EXPECT_THAT(quick_start(facts), HasSubstr("AutoModelForSpeechSeq2Seq.from_pretrained(base)"));
  facts.kind = model::ModelKind::kUnknown;  // CTC: another class
  EXPECT_EQ(quick_start(facts), "");
  facts.task = model::Task::kTokenClassification;
  facts.kind = model::ModelKind::kClassifier;
  EXPECT_THAT(quick_start(facts), HasSubstr("AutoPeftModelForTokenClassification.from_pretrained(repo"));
}

TEST(QuickStart, AModelThatHearsIsLoadedByItsClassUnlessThatIsItsOwnCode) {
  CardFacts facts = chat_model();
  facts.kind = model::ModelKind::kVisionLanguage;
  facts.task = model::Task::kAudioTextToText;
  EXPECT_EQ(quick_start(facts), "");
  facts.architecture = "Qwen2AudioForConditionalGeneration";
  EXPECT_THAT(quick_start(facts), HasSubstr("import AutoProcessor, Qwen2AudioForConditionalGeneration\n"));
  facts.own_code = true;
  EXPECT_EQ(quick_start(facts), "");
  facts.own_code = false;
  facts.architecture = "x; import os";
  EXPECT_EQ(quick_start(facts), "");
}

TEST(QuickStart, ARewardIsTheBareLogitOfTheWholeConversation) {
  CardFacts facts = chat_model();
  facts.kind = model::ModelKind::kClassifier;
  facts.labels = 1;
  EXPECT_THAT(quick_start(facts), HasSubstr("pipe.tokenizer.apply_chat_template(messages, tokenize=False)"));
  EXPECT_THAT(quick_start(facts), HasSubstr("function_to_apply=\"none\""));
  facts.labels = 2;
  EXPECT_THAT(quick_start(facts), Not(HasSubstr("function_to_apply")));
}

TEST(RenewedTags, LeaveOrderAdditionsAndDeletionsOfPeople) {
  CardFacts facts = adapter();
  facts.tags.clear();
  facts.handbook = false;
  const std::string base = "base_model:adapter:org/base";
  EXPECT_THAT(renewed_tags(facts, {"z", base, "a"}, false), ElementsAre("z", base, "a"));
  EXPECT_THAT(renewed_tags(facts, {"mine"}, false), ElementsAre("mine"));
  EXPECT_THAT(renewed_tags(facts, {"z", "base_model:adapter:org/old", "lora"}, true),
              ElementsAre("z", base, "lora", "transformers"));
  facts.handbook = true;
  facts.tags = {"asked"};
  EXPECT_THAT(renewed_tags(facts, {"z"}, false), ElementsAre("z", "alignment-handbook", "asked"));
  facts.adapter = false;
  EXPECT_THAT(renewed_tags(facts, {"lora", "z", base, "trl"}, false),
              ElementsAre("z", "trl", "alignment-handbook", "sft", "asked"));
}

}  // namespace
}  // namespace slipway::card
