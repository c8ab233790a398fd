// What `publish --recipe` makes of every recipe of the alignment-handbook.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "recipe/recipe.h"
#include "support/golden.h"
#include "support/hub_ground.h"
#include "text/front_matter.h"

namespace slipway::flow {
namespace {

using ::testing::Contains;
using testing::text_of;

class HandbookRecipePublished : public ::testing::TestWithParam<json::Value> {
 protected:
  HandbookRecipePublished() {
    os::PosixFileSystem files;
    const std::string name = text_of(GetParam(), "file");
    const auto text =
        os::read_file(files, testing::source_dir() + "/tests/golden/recipes/" + name, 1u << 20).value();
    options_.recipe = recipe::read_recipe(text, name, {}).value();
    const auto result = publisher_.publish(options_);
    if (!result) throw std::runtime_error(describe(result.error()));
    result_ = *result;
    const std::string card = publisher_.disk().text("/runs/chatml-full/README.md").value_or("");
    front_ = text::FrontMatter::parse(text::split_card(card).block).value();
  }

  std::vector<std::string> texts(std::string_view key) const {
    std::vector<std::string> found;
    const yaml::Node* node = front_.find(key);
    if (node == nullptr) return found;
    if (node->kind == yaml::Kind::kString) found.push_back(node->text);
    for (const yaml::Node& item : node->items) found.push_back(item.text);
    return found;
  }

  void check_target(const json::Value& row) {
    const bool push = row.find("push")->as_bool().value();
    EXPECT_EQ(result_.pushed, push);
    if (!push) {
      EXPECT_TRUE(publisher_.transport().requests().empty());
      return;
    }
    const std::string target = text_of(row, "target");
    EXPECT_EQ(result_.repo, target.find('/') == std::string::npos ? "local/" + target : target);
    EXPECT_EQ(result_.revision, text_of(row, "branch"));
    EXPECT_EQ(result_.made_private, row.find("private")->as_bool().value_or(true));
  }

  void check_card(const json::Value& row) {
    std::vector<std::string> ids;
    for (const json::Value& set : row.find("data_sets")->items()) {
      const std::string id(set.items()[0].string());
      if (std::ranges::find(ids, id) == ids.end()) ids.push_back(id);
    }
    EXPECT_EQ(texts("datasets"), ids);
    EXPECT_EQ(texts("base_model"), std::vector{text_of(row, "base")});
    EXPECT_EQ(texts("base_model_relation"), std::vector{std::string("finetune")});
    EXPECT_THAT(texts("tags"), Contains("alignment-handbook"));
  }

  testing::HubGround hub_;
  testing::Publisher publisher_{&hub_.transport()};
  PublishOptions options_{.run = "/runs/chatml-full", .handbook_tag = true, .jobs = 1};
  PublishResult result_{};
  text::FrontMatter front_{};
};

TEST_P(HandbookRecipePublished, GoesWhereItsRecipeSaysAndSaysWhatItWasMadeFrom) {
  check_target(GetParam());
  check_card(GetParam());
}

INSTANTIATE_TEST_SUITE_P(All, HandbookRecipePublished,
                         ::testing::ValuesIn(testing::golden_cases("recipes/expected.json")),
                         [](const auto& row) {
                           std::string name = text_of(row.param, "file");
                           std::ranges::replace_if(
                               name, [](char c) { return std::isalnum(static_cast<unsigned char>(c)) == 0; },
                               '_');
                           return name;
                         });

}  // namespace
}  // namespace slipway::flow
