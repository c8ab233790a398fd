#include "transform/natural_order.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace slipway::transform {
namespace {

TEST(NaturalOrder, CountsLayersAndPutsNumbersBeforeWords) {
  const std::vector<std::string> wanted = {
      "lm_head.weight",   "model.embed_tokens.weight", "model.layers.2.a",
      "model.layers.2.b", "model.layers.10.a",         "model.layers.extra.a",
      "model.norm",       "model.norm.weight",         "model.norm_last.weight"};
  std::vector<std::string> names = wanted;
  std::ranges::reverse(names);
  std::ranges::sort(names, natural_less);
  EXPECT_EQ(names, wanted);
}

TEST(NaturalOrder, KnowsNumbersOfAnyLengthAndOrdersEqualOnesByTheirText) {
  EXPECT_TRUE(natural_less("l.99999999999999999999998", "l.99999999999999999999999"));
  EXPECT_TRUE(natural_less("l.007", "l.7"));
  EXPECT_FALSE(natural_less("l.7", "l.007"));
  EXPECT_FALSE(natural_less("a", "a"));
  EXPECT_TRUE(natural_less("", "a"));
}

}  // namespace
}  // namespace slipway::transform
