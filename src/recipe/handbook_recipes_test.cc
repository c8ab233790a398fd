// Every recipe that the alignment-handbook has, or had.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "os/path.h"
#include "os/posix_file_system.h"
#include "recipe/keys.h"
#include "recipe/recipe.h"
#include "support/golden.h"

namespace slipway::recipe {
namespace {

using testing::text_of;

std::string text_of_file(const std::string& name) {
  os::PosixFileSystem files;
  return os::read_file(files, testing::source_dir() + "/tests/golden/recipes/" + name, 1u << 20).value();
}

class HandbookRecipe : public ::testing::TestWithParam<json::Value> {
 protected:
  const std::string name_ = text_of(GetParam(), "file");
  const std::string text_ = text_of_file(name_);
  const Recipe recipe_ = read_recipe(text_, name_, {}).value();
};

std::vector<json::Value> cases() { return testing::golden_cases("recipes/expected.json"); }

TEST(HandbookRecipes, AreAllThere) { EXPECT_EQ(cases().size(), 22U + 18U + 4U); }

TEST_P(HandbookRecipe, IsUnderstoodToTheLastKey) {
  const yaml::Node root = yaml::parse(text_).value();
  EXPECT_EQ(static_cast<std::int64_t>(root.members.size()), GetParam().find("keys")->as_int());
  for (const auto& [key, value] : root.members) {
    const RecipeKey* known = find_key(key.text);
    ASSERT_NE(known, nullptr) << key.text;
    EXPECT_TRUE(takes_value(*known, value)) << key.text;
  }
}

// "file:12: key ..." for each key to which there is something to say, and for no other.
TEST_P(HandbookRecipe, IsRemarkedOnOnlyWhereAKeyIsDead) {
  std::set<std::string> noted;
  for (const std::string& note : recipe_.notes) {
    const std::string rest = note.substr(note.find(": ") + 2);
    noted.insert(rest.substr(0, rest.find_first_of(" :")));
  }
  std::set<std::string> wanted;
  for (const json::Value& key : GetParam().find("noted")->items()) wanted.emplace(key.string());
  EXPECT_EQ(noted, wanted);
}

TEST_P(HandbookRecipe, SaysWhatItsScriptsReadInIt) {
  const json::Value& row = GetParam();
  EXPECT_EQ(recipe_.model_name_or_path, text_of(row, "base"));
  EXPECT_EQ(recipe_.model_revision.value_or(""), text_of(row, "base_revision"));
  EXPECT_EQ(recipe_.output_dir, text_of(row, "output_dir"));
  EXPECT_EQ(recipe_.push_to_hub.value_or(false), row.find("push")->as_bool());
  EXPECT_EQ(recipe_.hub_private_repo, row.find("private")->as_bool());
  EXPECT_EQ(recipe_.hub_model_id.value_or(os::base_name(*recipe_.output_dir)), text_of(row, "target"));
  EXPECT_EQ(recipe_.hub_revision.value_or("main"), text_of(row, "branch"));
  EXPECT_EQ(recipe_.eval_split, text_of(row, "eval_split"));
}

TEST_P(HandbookRecipe, NamesEachDataSetWithItsConfigurationSplitAndShare) {
  std::vector<std::vector<std::string>> found;
  std::vector<std::vector<std::string>> wanted;
  for (const DataSet& set : recipe_.data_sets)
    found.push_back({set.id, set.config, set.split, set.share, set.revision});
  for (const json::Value& set : GetParam().find("data_sets")->items()) {
    wanted.emplace_back();
    for (const json::Value& text : set.items()) wanted.back().emplace_back(text.string());
  }
  EXPECT_EQ(found, wanted);
  EXPECT_FALSE(found.empty());
}

INSTANTIATE_TEST_SUITE_P(All, HandbookRecipe, ::testing::ValuesIn(cases()), [](const auto& row) {
  std::string name = text_of(row.param, "file");
  std::ranges::replace_if(name, [](char c) { return std::isalnum(static_cast<unsigned char>(c)) == 0; }, '_');
  return name;
});

}  // namespace
}  // namespace slipway::recipe
