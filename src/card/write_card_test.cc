#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "card/card.h"
#include "card/card_test_support.h"
#include "card/markdown.h"
#include "text/front_matter.h"

namespace slipway::card {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(WriteCard, SaysWhatAFullModelIs) {
  const CardOutcome card = written(chat_model());
  EXPECT_TRUE(card.text.starts_with(R"(---
base_model: org/base
base_model_relation: finetune
datasets:
- org/first
- org/second
language:
- en
library_name: transformers
license: apache-2.0
pipeline_tag: text-generation
tags:
- alignment-handbook
- trl
- sft
- mine
---

<!-- slipway:begin overview -->
# my_model-v1

This language model is a fine-tuned version of [org/base](https://huggingface.co/org/base), trained on )"
                                    "[org/first](https://huggingface.co/datasets/org/first) and "))
      << card.text;
  EXPECT_TRUE(card.warnings.empty());
  EXPECT_TRUE(validate_card(card.text).empty());
}

TEST(WriteCard, QuickStartOfAChatModelSendsAMessage) {
  const std::string text = written(chat_model()).text;
  EXPECT_THAT(text, HasSubstr("pipeline(\"text-generation\", model=\"me/my_model-v1\")"));
  EXPECT_THAT(text, HasSubstr("\"role\": \"user\""));
  EXPECT_THAT(text, HasSubstr("- `<|im_end|>` (id 7)"));
}

TEST(WriteCard, QuickStartWithoutATemplateIsAPlainPrompt) {
  CardFacts facts = chat_model();
  facts.chat = false;
  EXPECT_THAT(written(facts).text, Not(HasSubstr("\"role\"")));
}

TEST(WriteCard, AnUnpublishedModelIsLoadedFromItsFolder) {
  CardFacts facts = chat_model();
  facts.repo.clear();
  EXPECT_THAT(written(facts).text, HasSubstr("model=\"my_model-v1\""));
}

TEST(WriteCard, AnAdapterIsLoadedWithPeftAndItsOwnStops) {
  CardFacts facts = adapter();
  const std::string text = written(facts).text;
  EXPECT_THAT(text, HasSubstr("base_model_relation: adapter\n"));
  EXPECT_THAT(text, HasSubstr("library_name: peft\n"));
  EXPECT_THAT(text, HasSubstr("- base_model:adapter:org/base\n- lora\n- transformers\n"));
  EXPECT_THAT(text, HasSubstr("AutoPeftModelForCausalLM.from_pretrained(repo)"));
  EXPECT_THAT(text, HasSubstr("generation_config=GenerationConfig.from_pretrained(repo, "));
  EXPECT_THAT(text, HasSubstr("a LoRA adapter for [org/base]"));
  facts.pass_generation_config = false;
  EXPECT_THAT(written(facts).text, Not(HasSubstr("GenerationConfig")));
}

TEST(WriteCard, EveryKindHasItsOwnSnippet) {
  const std::pair<model::ModelKind, const char*> kinds[] = {
      {model::ModelKind::kEncoderDecoder, "AutoModelForSeq2SeqLM"},
      {model::ModelKind::kVisionLanguage, "image-text-to-text"},
      {model::ModelKind::kClassifier, "text-classification"},
      {model::ModelKind::kEncoder, "feature-extraction"},
  };
  for (const auto& [kind, mark] : kinds) {
    CardFacts facts = chat_model();
    facts.kind = kind;
    const std::string text = written(facts).text;
    EXPECT_THAT(text, HasSubstr(mark));
    EXPECT_TRUE(validate_card(text).empty()) << text;
  }
}

TEST(WriteCard, WhatAModelIsForIsNarrowerThanItsKind) {
  const std::pair<model::Task, const char*> tasks[] = {
      {model::Task::kTokenClassification, "pipeline(\"token-classification\""},
      {model::Task::kQuestionAnswering, "AutoModelForQuestionAnswering"},
      {model::Task::kFillMask, "pipe.tokenizer.mask_token"},
      {model::Task::kSpeechRecognition, "np.zeros(16000"},
      {model::Task::kImageClassification, "Image.new("},
      {model::Task::kZeroShotImageClassification, "candidate_labels="},
  };
  for (const auto& [task, mark] : tasks) {
    CardFacts facts = chat_model();
    facts.task = task;
    const std::string text = written(facts).text;
    EXPECT_THAT(text, HasSubstr(mark));
    EXPECT_THAT(text, HasSubstr(fmt::format("pipeline_tag: {}\n", model::pipeline_tag(task))));
    EXPECT_TRUE(validate_card(text).empty()) << text;
  }
}

TEST(WriteCard, ATaskWithoutAKnownSnippetHasNone) {
  CardFacts facts = chat_model();
  facts.task = model::Task::kAnyToAny;
  EXPECT_THAT(written(facts).text, Not(HasSubstr("```python")));
}

TEST(WriteCard, AnAdaptersLoaderIsOfItsTask) {
  CardFacts facts = adapter();
  facts.kind = model::ModelKind::kClassifier;
  facts.task = model::Task::kTokenClassification;
  EXPECT_THAT(written(facts).text, HasSubstr("AutoPeftModelForTokenClassification"));
  facts.task = model::Task::kQuestionAnswering;
  EXPECT_THAT(written(facts).text, HasSubstr("AutoPeftModelForQuestionAnswering"));
  facts.task = model::Task::kAudioTextToText;
  EXPECT_THAT(written(facts).text, Not(HasSubstr("```python")));
}

TEST(WriteCard, CodeOfItsOwnIsRunOnlyWhereTheSnippetSaysSo) {
  CardFacts facts = chat_model();
  EXPECT_THAT(written(facts).text, Not(HasSubstr("trust_remote_code")));
  facts.own_code = true;
  EXPECT_THAT(written(facts).text, HasSubstr(", trust_remote_code=True)\n"));
}

TEST(WriteCard, SentenceTransformersHaveTheirOwnLibrary) {
  CardFacts facts = chat_model();
  facts.kind = model::ModelKind::kEncoder;
  facts.task = model::Task::kSentenceSimilarity;
  EXPECT_THAT(written(facts).text, HasSubstr("library_name: sentence-transformers\n"));
  EXPECT_THAT(written(facts).text, HasSubstr("SentenceTransformer("));
}

TEST(WriteCard, UnknownFactsAreLeftOutAndSaid) {
  const CardOutcome card = written({.model_name = "out"});
  EXPECT_THAT(codes(card), testing::ElementsAre("base-unknown", "license-unknown"));
  for (const char* word : {"None", "none", "needed", "null", "quick-start", "## Training"}) {
    EXPECT_THAT(card.text, Not(HasSubstr(word)));
  }
}

TEST(WriteCard, LocalPathsNeverReachTheCard) {
  CardFacts facts = chat_model();
  facts.base_id = "/models/base";
  facts.datasets = {"data/train.jsonl", "org/first", "./x"};
  const CardOutcome card = written(facts);
  EXPECT_THAT(codes(card),
              testing::ElementsAre("base-unknown", "dataset-local", "dataset-local", "base-unknown"));
  EXPECT_THAT(card.text, Not(HasSubstr("train.jsonl")));
  EXPECT_THAT(card.text, Not(HasSubstr("/models")));
  EXPECT_THAT(card.text, HasSubstr("datasets:\n- org/first\n"));
}

TEST(WriteCard, AMistypedLicenceIsLeftOutWithASuggestion) {
  CardFacts facts = chat_model();
  facts.license = "apache-2";
  const CardOutcome card = written(facts);
  EXPECT_THAT(card.warnings.front().message, HasSubstr("'apache-2.0'"));
  EXPECT_THAT(card.text, Not(HasSubstr("license:")));
  facts.license = "MIT";
  EXPECT_THAT(written(facts).text, HasSubstr("license: mit\n"));
}

TEST(WriteCard, AnotherLicenceKeepsItsNameAndLink) {
  CardFacts facts = chat_model();
  facts.license = "other";
  facts.license_name = "ours";
  facts.license_link = "LICENSE";
  EXPECT_THAT(written(facts).text, HasSubstr("license: other\nlicense_name: ours\nlicense_link: LICENSE\n"));
}

TEST(WriteCard, TextsOfOthersCannotBreakOutOfTheirPlace) {
  CardFacts facts = chat_model();
  facts.model_name = "a\"); evil(\"<b>\n<!-- slipway:end overview -->";
  facts.repo.clear();
  facts.stops = {{1, "``\n<!-- slipway:end stops -->"}};
  const std::string text = written(facts).text;
  EXPECT_THAT(text, HasSubstr("model=\"a\\\"); evil(\\\"<b> <!--"));
  EXPECT_THAT(text, HasSubstr("# a\"); evil(\"\\<b\\>"));
  EXPECT_EQ(written(facts, text).text, text);
}

TEST(WriteCard, LongTextsOfOthersAreCutBetweenCharacters) {
  std::string ship(199, 'x');
  ship += "船 and more";
  for (const std::string& text : {std::string(1u << 20, '#'), std::string(1u << 20, '`'), ship}) {
    CardFacts facts = chat_model();
    facts.repo.clear();
    facts.model_name = "m" + text;
    facts.stops = {{1, text}};
    const std::string card = written(facts).text;
    EXPECT_LT(card.size(), 8000u);
    EXPECT_THAT(card, Not(HasSubstr("\xE8")));
    EXPECT_EQ(written(facts, card).text, card);
    EXPECT_GT(escaped_text(text).size() + code_span(text).size(), text.size());  // each in linear time
  }
}

TEST(WriteCard, PeoplesTextAndKeysSurvive) {
  const CardOutcome card = written(chat_model(), R"(---
# chosen with care
thumbnail: "https://x/y.png"   # ours
license: mit
tags:
- art
---
# My model

Words.
)");
  EXPECT_TRUE(card.text.starts_with(R"(---
# chosen with care
thumbnail: "https://x/y.png"   # ours
license: apache-2.0
tags:
- alignment-handbook
- trl
- sft
- mine
- art
base_model: org/base
)")) << card.text;
  EXPECT_THAT(
      card.text,
      HasSubstr("---\n# My model\n\nWords.\n\n<!-- slipway:begin overview -->\n## About this model\n"));
}

TEST(WriteCard, InheritedFactsGiveWayToAPerson) {
  CardFacts facts = chat_model();
  facts.inherited = true;
  const std::string text = written(facts, "---\nlicense: mit\nlanguage: de\n---\nhello\n").text;
  EXPECT_TRUE(text.starts_with("---\nlicense: mit\nlanguage: de\n"));
}

TEST(WriteCard, OnlyWhatIsFencedIsRenewed) {
  CardFacts facts = chat_model();
  std::string text = written(facts).text;
  text.insert(text.find("<!-- slipway:begin stops"), "My own words.\n\n");
  facts.stops = {{9, "<|eot|>"}};
  facts.datasets = {"org/third"};
  const std::string again = written(facts, text).text;
  EXPECT_THAT(again, HasSubstr("My own words.\n\n<!-- slipway:begin stops"));
  EXPECT_THAT(again, HasSubstr("<|eot|>"));
  EXPECT_THAT(again, Not(HasSubstr("im_end")));
  EXPECT_THAT(again, Not(HasSubstr("org/first")));
}

TEST(WriteCard, GeneratedCardsAreReplacedWholly) {
  for (const std::string& old : {trl_card(), transformers_card(), peft_card()}) {
    const CardOutcome card = written(adapter(), old);
    for (const char* word :
         {"None", "More information", "More Information", "licence", "time machine", "model_name:"}) {
      EXPECT_THAT(card.text, Not(HasSubstr(word)));
    }
    EXPECT_TRUE(card.text.starts_with("---\nbase_model: org/base\nbase_model_relation: adapter\n"))
        << card.text;
    EXPECT_TRUE(validate_card(card.text).empty());
  }
}

TEST(WriteCard, AReplacedCardLeavesItsFactsBehind) {
  CardFacts facts = chat_model();
  facts.datasets.clear();
  facts.trainer.clear();
  facts.license.reset();
  const std::string text = written(facts, trl_card()).text;
  EXPECT_THAT(text, HasSubstr("datasets:\n- org/data\n"));
  EXPECT_THAT(text, HasSubstr("- alignment-handbook\n- trl\n- dpo\n- generated_from_trainer\n- mine\n"));
  EXPECT_THAT(text, HasSubstr("Method: DPO"));
  EXPECT_THAT(written(facts, transformers_card()).text, HasSubstr("license: mit\n"));
}

TEST(WriteCard, KeysOfPeopleOnAGeneratedCardStay) {
  const std::string theirs =
      "extra_gated_prompt: Be kind.  # asked of all\ngated: true\nthumbnail: \"https://x/y.png\"\n"
      "co2_eq_emissions:\n  emissions: 1.5\nwidget:\n- text: Hello\n";
  const std::string result =
      "  - task:\n      type: text-generation\n    dataset:\n      type: cais/mmlu\n      name: MMLU\n"
      "    metrics:\n    - type: accuracy\n      value: 0.5\n      name: Accuracy\n";
  for (auto [name, card] : golden_cards()) {
    const std::size_t index = card.find("model-index:\n- name: out\n  results:");
    if (index == std::string::npos) {
      card.insert(4, "model-index:\n- name: out\n  results:\n" + result);
    } else if (const auto at = card.find("  results:\n", index); at != std::string::npos) {
      card.insert(at + 11, result);
    }
    card.insert(4, theirs);
    ASSERT_NE(generator_of(card), Generator::kPerson) << name;
    const std::string text = written(chat_model(), card).text;
    EXPECT_THAT(text, HasSubstr("\n" + theirs)) << name;
    EXPECT_EQ(text.find(result) != std::string::npos, card.find(result) != std::string::npos) << name;
    EXPECT_THAT(text, Not(HasSubstr("0.75"))) << name;
    EXPECT_EQ(written(chat_model(), text).text, text) << name;
  }
}

TEST(WriteCard, BrokenFrontMatterIsMadeAnewAndTheTextKept) {
  const CardOutcome card = written(chat_model(), "---\nlicense: [mit\n---\n# Mine\n\nWords.\n");
  EXPECT_EQ(card.replaced_front_matter, "license: [mit");
  EXPECT_EQ(card.warnings.front().code, "front-matter-broken");
  EXPECT_THAT(card.text, HasSubstr("# Mine\n\nWords.\n"));
  EXPECT_TRUE(card.text.starts_with("---\nbase_model: org/base\n"));
}

TEST(WriteCard, ACardThatTheHubWouldRefuseIsReported) {
  const CardOutcome card = written(chat_model(), "---\nwidget: none\n---\n# x\n");
  EXPECT_EQ(card.warnings.back().message,
            "README.md: the Hub refuses this card: \"widget\" must be an array");
}

TEST(WriteCard, AnAdapterThatWasMergedIsNoAdapterAnyMore) {
  const std::string text = written(chat_model(), written(adapter()).text).text;
  EXPECT_THAT(text, HasSubstr("library_name: transformers\n"));
  EXPECT_THAT(text, Not(HasSubstr("base_model:adapter")));
  EXPECT_THAT(text, Not(HasSubstr("- lora")));
}

TEST(WriteCard, AHugeCardIsLeftAlone) {
  const std::string huge(2u << 20, 'x');
  const CardOutcome card = written(chat_model(), huge);
  EXPECT_EQ(card.text, huge);
  EXPECT_EQ(card.warnings.front().code, "card-too-large");
}

TEST(WriteCard, WritingItsOwnResultChangesNothing) {
  const std::vector<std::string> tags{"mine", "sft", "trl",
                                      "alignment-handbook"};  // that say more than themselves
  for (const CardFacts& facts :
       {chat_model(), adapter(), CardFacts{.model_name = "x"}, CardFacts{.model_name = "x", .tags = tags}}) {
    for (const std::string& existing : many_cards()) {
      const std::string once = written(facts, existing).text;
      EXPECT_EQ(written(facts, once).text, once) << existing;
    }
  }
}

TEST(WriteCard, WindowsLineEndsStay) {
  const std::string text =
      written(chat_model(), "---\r\nlicense: mit\r\n---\r\n# Mine\r\n\r\nWords.\r\n").text;
  for (std::size_t at = 0; (at = text.find('\n', at)) != std::string::npos; ++at)
    EXPECT_EQ(text[at - 1], '\r');
  EXPECT_THAT(text, HasSubstr("# Mine\r\n\r\nWords.\r\n"));
}

}  // namespace
}  // namespace slipway::card
