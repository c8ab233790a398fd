#include "model/vocabulary.h"

#include <gtest/gtest.h>

namespace slipway::model {
namespace {

TEST(Vocabulary, FindsEveryTextOfMany) {
  Vocabulary vocabulary;
  for (TokenId id = 0; id < 20'000; ++id) vocabulary.set("token " + std::to_string(id * 7), id);
  ASSERT_EQ(vocabulary.size(), 20'000U);
  for (TokenId id = 0; id < 20'000; ++id) ASSERT_EQ(vocabulary.find("token " + std::to_string(id * 7)), id);
  EXPECT_EQ(vocabulary.find("token 1"), std::nullopt);
  EXPECT_EQ(vocabulary.text_of(3), "token 21");
  EXPECT_EQ(vocabulary.max_id(), 19'999);
}

TEST(Vocabulary, TakesTheLaterIdOfATextThatComesAgain) {
  Vocabulary vocabulary;
  vocabulary.set("a", 1);
  vocabulary.set("", 2);
  vocabulary.set("a", 5);
  EXPECT_EQ(vocabulary.size(), 2U);
  EXPECT_EQ(vocabulary.find("a"), 5);
  EXPECT_EQ(vocabulary.find(""), 2);
  EXPECT_EQ(vocabulary.text_of(1), std::nullopt);
}

TEST(Vocabulary, HoldsNothingAtFirst) {
  EXPECT_EQ(Vocabulary().find("a"), std::nullopt);
  EXPECT_EQ(Vocabulary().max_id(), std::nullopt);
}

}  // namespace
}  // namespace slipway::model
