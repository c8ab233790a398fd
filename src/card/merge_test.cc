#include "card/merge.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/hash.h"
#include "card/card_test_support.h"

namespace slipway::card {
namespace {

using testing::HasSubstr;
using testing::Not;

PublishedCard published(std::string_view card, bool merged = false) {
  return {.sha256 = sha256_hex(as_bytes(card)), .own_sha256 = own_words_sha256(card), .merged = merged};
}

MergeOutcome merged(const CardFacts& facts, std::string_view ours, std::string_view theirs,
                    const std::optional<PublishedCard>& before = std::nullopt) {
  MergeOutcome outcome = merge_cards(facts, ours, theirs, before);
  EXPECT_EQ(outcome.refusal, "");
  return outcome;
}

TEST(MergeCards, WhatNobodyTouchedOnTheHubIsReplacedByOurs) {
  const std::string old_card = written(chat_model(), "# Mine\n\nOld words.\n").text;
  const std::string ours = written(chat_model(), "# Mine\n\nNew words.\n").text;
  const MergeOutcome outcome = merged(chat_model(), ours, old_card, published(old_card));
  EXPECT_EQ(outcome.text, ours);
  EXPECT_FALSE(outcome.merged);
}

TEST(MergeCards, WhatALibraryGeneratedThereIsReplacedByOurs) {
  const std::string ours = written(chat_model()).text;
  for (const auto& [name, theirs] : golden_cards()) {
    EXPECT_EQ(merged(chat_model(), ours, theirs).text, ours) << name;
  }
}

TEST(MergeCards, WordsWrittenOnTheHubSurviveEveryLaterRelease) {
  const std::string first = written(chat_model()).text;
  const std::string edited = first + "\n## Limits\n\nDo not use it for law.\n";
  CardFacts later = chat_model();
  later.stops = {{9, "<|end|>"}};
  const std::string ours = written(later, first).text;
  const MergeOutcome second = merged(later, ours, edited, published(first));
  EXPECT_THAT(second.text, HasSubstr("Do not use it for law."));
  EXPECT_THAT(second.text, HasSubstr("`<|end|>` (id 9)"));
  EXPECT_TRUE(second.merged);
  EXPECT_EQ(second.conflict, "");
  PublishedCard before = {
      .sha256 = sha256_hex(as_bytes(second.text)), .own_sha256 = own_words_sha256(ours), .merged = true};
  const MergeOutcome third = merged(later, ours, second.text, before);
  EXPECT_EQ(third.text, second.text);
}

TEST(MergeCards, PartsOfOursThatComeAndGoAreNobodysWords) {
  const std::string plain = written(chat_model(), "# Mine\n\nWords.\n").text;
  CardFacts more = chat_model();
  more.training.versions = {{"Transformers", "5.0.0"}};
  EXPECT_EQ(own_words_sha256(written(more, plain).text), own_words_sha256(plain));
  EXPECT_NE(own_words_sha256(plain), own_words_sha256(plain + "more"));
}

TEST(MergeCards, FrontMatterKeysOfBothSidesStay) {
  const std::string ours = written(chat_model(), "---\nthumbnail: here.png\n---\n").text;
  const std::string theirs = "---\nwidget:\n- text: Hi\n---\n# Theirs\n";
  const std::string text = merged(chat_model(), ours, theirs).text;
  EXPECT_THAT(text, HasSubstr("thumbnail: here.png"));
  EXPECT_THAT(text, HasSubstr("widget:\n- text: Hi"));
  EXPECT_THAT(text, HasSubstr("base_model: org/base"));
  EXPECT_THAT(text, HasSubstr("# Theirs"));
}

TEST(MergeCards, WhereBothChangedTheHubsWordsStandAndTheDifferenceIsGiven) {
  const std::string first = written(chat_model(), "# Mine\n\nWords.\n").text;
  const std::string ours = written(chat_model(), "# Mine\n\nWords of here.\n").text;
  const std::string theirs = written(chat_model(), "# Mine\n\nWords of there.\n").text;
  const MergeOutcome outcome = merged(chat_model(), ours, theirs, published(first));
  EXPECT_EQ(outcome.text, theirs);
  EXPECT_EQ(outcome.conflict, "  # Mine\n  \n- Words of here.\n+ Words of there.\n");
}

TEST(MergeCards, WhatTheRunTellsIsNotLostOnTheHubsGround) {
  for (const auto& [name, generated] : golden_cards()) {
    const std::string ours = written(chat_model(), generated).text;
    const std::string text = merged(chat_model(), ours, "# Theirs\n").text;
    const bool has_versions = ours.find("slipway:begin versions") != std::string::npos;
    EXPECT_EQ(text.find("slipway:begin versions") != std::string::npos, has_versions) << name;
    EXPECT_EQ(merged(chat_model(), ours, text).text, text) << name;
  }
}

TEST(MergeCards, AMergedCardIsMergedAgainWithoutAChange) {
  const std::vector<std::string> cards = many_cards();
  for (std::size_t i = 0; i < cards.size(); ++i) {
    const std::string here = written(chat_model(), cards[i]).text;
    for (const std::size_t step : {0u, 1u, 7u}) {
      const std::string& theirs = cards[(i + step) % cards.size()];
      const std::string once = merged(chat_model(), here, theirs).text;
      EXPECT_EQ(merged(chat_model(), here, once).text, once) << cards[i] << "\n----\n" << theirs;
    }
  }
}

}  // namespace
}  // namespace slipway::card
