#include <gtest/gtest.h>

#include "card/card_test_support.h"
#include "card/prior_facts.h"
#include "text/front_matter.h"

namespace slipway::card {
namespace {

Generator expected_of(const std::string& file) {
  const std::string name = file.substr(3, file.size() - 6);  // without "v5/" and ".md"
  if (name.starts_with("trl") || name.ends_with("over-trl")) return Generator::kTrl;
  if (name.find("unsloth") != std::string::npos) return Generator::kUnsloth;
  const bool transformers = name.find("transformers") != std::string::npos ||
                            name.find("axolotl") != std::string::npos || name.starts_with("llama-factory");
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
      if (generator_of(edited) == Generator::kPerson) continue;
      const std::string out = written(chat_model(), edited).text;  // a line of axolotl's configuration
      ASSERT_NE(out.find("\nNot for medicine.\n"), std::string::npos) << name << "\n" << edited;
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
    if (name.starts_with("v4/unsloth") || name.starts_with("v5/unsloth")) continue;  // have none
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

TEST(GeneratorOf, TheConfigurationInAnAxolotlCardStaysAsItStandsAndTheRestIsReplaced) {
  const std::string card = golden_cards().at("v5/axolotl-config.md");
  const std::size_t begin = card.find("<details>");
  const std::string config = card.substr(begin, card.find("<br>\n") + 5 - begin);
  const std::string first = written(chat_model(), card).text;
  EXPECT_NE(first.find(config), std::string::npos) << first;
  EXPECT_EQ(first.find("Built with Axolotl"), std::string::npos);
  EXPECT_NE(first.find("| `total_train_batch_size` | 32 |"), std::string::npos) << first;
  EXPECT_EQ(first.find("| `learning_rate` | 0.0002 |"), std::string::npos) << first;  // the configuration's
  EXPECT_LT(first.find("# my_model-v1"), first.find("<details>"));
  EXPECT_EQ(written(chat_model(), first).text, first);
}

TEST(GeneratorOf, AConfigurationOfAnotherShapeIsAPersons) {
  const std::string card = golden_cards().at("v5/axolotl-config.md");
  const std::pair<std::string, std::string> edits[] = {
      {"See axolotl config", "See my config"},
      {"axolotl version: `", "version: `"},
      {"```yaml", "```json"},
      {"```\n\n</details>", "```\nAsk me.\n\n</details>"},
      {"</details><br>\n", "</details><br>\nAsk me.\n"},
      {"</details><br>\n", ""},
  };
  for (const auto& [before, after] : edits) {
    std::string edited = card;
    ASSERT_NE(edited.find(before), std::string::npos) << before;
    edited.replace(edited.find(before), before.size(), after);
    EXPECT_EQ(generator_of(edited), Generator::kPerson) << before;
    EXPECT_NE(written(chat_model(), edited).text.find(after), std::string::npos) << before;
  }
}

TEST(GeneratorOf, WordsOfAPersonInAnUnslothCardAreKept) {
  const std::string card = golden_cards().at("v5/unsloth-lora.md");
  const std::pair<std::string, std::string> edits[] = {
      {"**License:** apache-2.0", "**License:** mit, ask me"},
      {"**Developed by:** somebody", "**Developed by:** Somebody Else"},
      {"Finetuned from model :** org/base", "Finetuned from model :** org/base, twice"},
      {"TRL library.", "TRL library, on a boat."},
      {"This llama model", "This very good model"},
      {"# Uploaded ", "# Uploaded my. Own "},
      {"- **Developed by:** somebody\n", "- **Developed by:** somebody\n- **Developed by:** others\n"},
  };
  for (const auto& [before, after] : edits) {
    std::string edited = card;
    ASSERT_NE(edited.find(before), std::string::npos) << before;
    edited.replace(edited.find(before), before.size(), after);
    EXPECT_EQ(generator_of(edited), Generator::kPerson) << before;
  }
}

TEST(GeneratorOf, ConstantsOfAGeneratorAreNoFacts) {
  CardFacts facts = chat_model();
  facts.license.reset();
  facts.languages.clear();
  for (const std::string name : {"v5/unsloth-lora.md", "v5/llama-factory-lora.md"}) {
    const CardOutcome card = written(facts, golden_cards().at(name));
    EXPECT_EQ(card.text.find("\nlicense:"), std::string::npos) << card.text;
    EXPECT_EQ(card.text.find("\nlanguage:"), std::string::npos) << card.text;
    EXPECT_EQ(codes(card), std::vector<std::string>{"license-unknown"}) << name;
  }
  std::string own = golden_cards().at("v5/llama-factory-lora.md");
  own.replace(own.find("license: other"), 14, "license: other\nlicense_name: mine");
  EXPECT_NE(written(facts, own).text.find("license: other"), std::string::npos);
  EXPECT_NE(written(facts, own).text.find("- llama-factory\n"), std::string::npos);
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
