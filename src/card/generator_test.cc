#include <gtest/gtest.h>

#include "card/card_test_support.h"

namespace slipway::card {
namespace {

TEST(GeneratorOf, KnowsTheThreeWriters) {
  EXPECT_EQ(generator_of(trl_card()), Generator::kTrl);
  EXPECT_EQ(generator_of(transformers_card()), Generator::kTransformers);
  EXPECT_EQ(generator_of(peft_card()), Generator::kPeft);
}

TEST(GeneratorOf, OurCardsAndPeoplesArePeoples) {
  for (const std::string& card : {std::string(), std::string("# x\n\nIt has been trained using [TRL](u).\n"),
                                  written(chat_model()).text, written(adapter()).text}) {
    EXPECT_EQ(generator_of(card), Generator::kPerson) << card;
  }
}

TEST(GeneratorOf, ASectionOfOnesOwnMakesACardOnesOwn) {
  for (const std::string& card : {trl_card(), transformers_card()}) {
    EXPECT_EQ(generator_of(card + "\n## My notes\n\nWords.\n"), Generator::kPerson);
  }
}

TEST(GeneratorOf, AFilledInPlaceholderMakesACardOnesOwn) {
  std::string card = transformers_card();
  card.replace(card.find("More information needed"), 23, "A model for tests");
  EXPECT_EQ(generator_of(card), Generator::kPerson);
}

TEST(TrainerOf, ReadsTrlsTags) {
  EXPECT_EQ(trainer_of(trl_card()), "dpo");
  EXPECT_EQ(trainer_of(transformers_card()), "");
  EXPECT_EQ(trainer_of("---\ntags: [sft]\n---\n"), "");
  EXPECT_EQ(trainer_of("---\ntags: [\n---\n"), "");
}

}  // namespace
}  // namespace slipway::card
