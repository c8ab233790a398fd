#include <gtest/gtest.h>

#include "card/card_test_support.h"
#include "card/prior_facts.h"
#include "text/front_matter.h"

namespace slipway::card {
namespace {

Generator expected_of(const std::string& file) {
  const std::string name = file.substr(3, file.size() - 6);  // without "v5/" and ".md"
  if (name.starts_with("trl") || name.ends_with("over-trl")) return Generator::kTrl;
  const bool transformers = name.starts_with("transformers") || name.ends_with("over-transformers");
  return transformers ? Generator::kTransformers : Generator::kPeft;
}

TEST(GeneratorOf, KnowsEveryCardThatTheLibrariesWrite) {
  const auto cards = golden_cards();
  ASSERT_GT(cards.size(), 50u);
  for (const auto& [name, card] : cards) {
    EXPECT_EQ(generator_of(card), expected_of(name)) << name;
  }
}

TEST(GeneratorOf, OneLineOfAPersonAnywhereMakesTheCardTheirs) {
  for (const auto& [name, card] : golden_cards()) {
    const std::size_t body = text::split_card(card).body.size();
    for (std::size_t at = card.size() - body; at != std::string::npos; at = card.find('\n', at + 1)) {
      std::string edited = card;
      edited.insert(card[at] == '\n' ? at + 1 : at, "Not for medicine.\n");
      ASSERT_EQ(generator_of(edited), Generator::kPerson) << name << "\n" << edited;
    }
  }
}

TEST(GeneratorOf, TablesItemsCitationsAndHeadingsOfPeopleAreKept) {
  for (const std::string theirs :
       {"| Benchmark | Ours |\n| --- | --- |\n| MMLU | 0.5 |\n", "| 1 | 2 |\n", "# Notes on safety\n",
        "- Price: 3\n", "- license: mine\n", "- Contact: me\n", "- seed: 7\n- seed: 8\n",
        "- PEFT is what we used\n", "- TRL rocks\n",
        "```bibtex\n@misc{me2026mine,\n  title = {Mine}\n}\n```\n", "Cite our paper as:\n",
        "This model was trained with love.\nThis model was trained with care.\n"}) {
    for (const auto& [name, card] : golden_cards()) {
      for (const std::size_t at : {card.find("\n---\n", 4) + 5, card.find("### Framework versions"),
                                   card.find("\n- Transformers") + 1, card.find("\n|:--") + 1}) {
        if (at == 0 || at == std::string::npos || at < card.find("\n---\n", 4)) continue;
        std::string edited = card;
        edited.insert(at, theirs);
        ASSERT_EQ(generator_of(edited), Generator::kPerson) << name << "\n" << theirs;
        ASSERT_NE(written(chat_model(), edited).text.find(theirs), std::string::npos) << name << theirs;
      }
    }
  }
}

TEST(GeneratorOf, AFieldOrAnEntryThatTheCitationsLackIsAPersons) {
  for (const std::string theirs : {"note = {Ours}\n", "title = {Ours}\n", "}\n", "@misc{me2026mine,\n"}) {
    std::string edited = trl_card();
    edited.insert(edited.rfind("\n}") + 1, theirs);
    EXPECT_EQ(generator_of(edited), Generator::kPerson) << theirs;
  }
}

TEST(GeneratorOf, AnEditedTitleIsAPersons) {
  std::string edited = transformers_card();
  edited.replace(edited.find("# out"), 5, "# My model");
  EXPECT_EQ(generator_of(edited), Generator::kPerson);
}

TEST(GeneratorOf, ALineThatIsGoneTakesNothingOfAPersons) {
  for (const auto& [name, card] : golden_cards()) {
    const std::size_t versions = card.find("### Framework versions");
    ASSERT_NE(versions, std::string::npos) << name;
    std::string edited = card;
    edited.erase(versions, card.find('\n', versions) - versions);
    EXPECT_EQ(generator_of(edited), generator_of(card)) << name;
  }
}

TEST(GeneratorOf, AnEditedSentenceIsAPersons) {
  const std::pair<const char*, const char*> edits[] = {
      {"2305.18290).", "2305.18290). It knows French."},
      {"dataset.\n", "dataset. It knows French.\n"},
      {"time machine", "boat"},
      {"More information needed", "A model for tests"},
      {"[More Information Needed]", "me"},
      {"- seed: 42", "- seed of 42 by chance"},
  };
  for (const auto& [before, after] : edits) {
    int found = 0;
    for (std::string card : {trl_card(), transformers_card(), peft_card()}) {
      const auto at = card.find(before);
      if (at == std::string::npos) continue;
      ++found;
      card.replace(at, std::string_view(before).size(), after);
      EXPECT_EQ(generator_of(card), Generator::kPerson) << card;
    }
    EXPECT_GT(found, 0) << before;
  }
}

// By their published forms: neither package is in the lock. Both hold more than a trainer's boilerplate.
TEST(GeneratorOf, CardsOfAxolotlAndUnslothAreKept) {
  std::string axolotl = transformers_card();
  axolotl.insert(
      axolotl.find("# out"),
      "<details><summary>See axolotl config</summary>\n\n```yaml\nsequence_len: 2048\n```\n\n</details>\n\n");
  EXPECT_EQ(generator_of(axolotl), Generator::kPerson);
  EXPECT_EQ(generator_of("---\ntags:\n- unsloth\n- trl\n---\n\n# Uploaded model\n\n- **Developed by:** me\n- "
                         "**License:** mit\n\nThis model was trained faster with Unsloth.\n"),
            Generator::kPerson);
}

TEST(GeneratorOf, OurCardsAndPeoplesArePeoples) {
  for (const std::string& card : {std::string(), std::string("# x\n\nIt has been trained using [TRL](u).\n"),
                                  written(chat_model()).text, written(adapter()).text}) {
    EXPECT_EQ(generator_of(card), Generator::kPerson) << card;
  }
}

TEST(PriorFacts, TheTitleOfATransformersCardIsKeptWhereNothingElseNamesTheModel) {
  std::string card = transformers_card();
  const std::size_t index = card.find("model-index:");
  card.erase(index, card.find("\n---\n", 4) + 1 - index);
  card.replace(card.find("# out"), 5, "# My model");
  CardFacts facts = chat_model();
  facts.model_name = "folder";
  facts.named = false;
  EXPECT_NE(written(facts, card).text.find("\n# My model\n"), std::string::npos);
}

TEST(TrainerOf, ReadsTrlsTags) {
  EXPECT_EQ(trainer_of(trl_card()), "dpo");
  EXPECT_EQ(trainer_of(transformers_card()), "");
  EXPECT_EQ(trainer_of("---\ntags: [sft]\n---\n"), "");
  EXPECT_EQ(trainer_of("---\ntags: [\n---\n"), "");
}

TEST(PriorFacts, KnowEveryTrainerOfTrl) {
  int trainers = 0;
  for (const auto& [name, card] : golden_cards()) {
    const bool method = name.find("/trl-") != std::string::npos;
    if (method) ++trainers;
    EXPECT_EQ(!prior_facts(card).trainer.empty(), method || name.ends_with("over-trl.md")) << name;
  }
  EXPECT_GT(trainers, 40);
}

}  // namespace
}  // namespace slipway::card
