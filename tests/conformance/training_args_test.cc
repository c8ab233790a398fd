// What `publish` and `card` take from training_args.bin, and what they never do.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "support/hub_ground.h"
#include "support/training_args_file.h"

namespace slipway::flow {
namespace {

using testing::text;

constexpr std::string_view kMarker = "hf_MARKERMARKERMARKER";

class TrainingArgsOfARun : public ::testing::Test {
 protected:
  TrainingArgsOfARun() { publisher_.push_base("tiny-llama"); }

  void put_args(const std::string& pairs) {
    publisher_.disk().put("/runs/chatml-full/training_args.bin",
                          testing::archive_of(testing::pickled(pairs)));
  }

  PublishResult publish(PublishOptions options) {
    options.run = "/runs/chatml-full";
    options.jobs = 1;
    publisher_.transport().clear();
    auto result = publisher_.publish(options);
    EXPECT_TRUE(result) << describe(result.error());
    return result ? *std::move(result) : PublishResult{};
  }

  bool warned(const PublishResult& result, std::string_view code) {
    return std::ranges::find(result.warnings, code, &model::Warning::code) != result.warnings.end();
  }

  const std::string asked_ = text("push_to_hub") + "\x88" + text("hub_model_id") + text("me/from-args") +
                             text("hub_private_repo") + "\x89" + text("hub_revision") + text("dev") +
                             text("output_dir") + text("data/out-dir") + text("learning_rate") +
                             std::string("G\x3f\x0a\x36\xe2\xeb\x1c\x43\x2d", 9);
  testing::HubGround hub_;
  testing::Publisher publisher_{&hub_.transport()};
};

TEST_F(TrainingArgsOfARun, NeverDecideToPush) {
  put_args(asked_);
  const PublishResult result = publish({});
  EXPECT_FALSE(result.pushed);
  EXPECT_TRUE(publisher_.transport().requests().empty());
  EXPECT_TRUE(warned(result, "push-was-wanted"));
  EXPECT_FALSE(warned(publish({.push = false}), "push-was-wanted"));
  EXPECT_FALSE(warned(publish({.recipe = {.push_to_hub = false}}), "push-was-wanted"));
}

TEST_F(TrainingArgsOfARun, GiveTargetBranchAndVisibilityWhereNothingElseDoes) {
  put_args(asked_);
  const PublishResult result = publish({.push = true, .base = "/bases/tiny-llama"});
  EXPECT_EQ(result.repo, "me/from-args");
  EXPECT_EQ(result.revision, "dev");
  EXPECT_FALSE(result.made_private);
  const PublishResult recipes =
      publish({.recipe = {.hub_model_id = "me/from-recipe", .hub_revision = "main", .hub_private_repo = true},
               .push = true,
               .base = "/bases/tiny-llama"});
  EXPECT_EQ(recipes.repo, "me/from-recipe");
  EXPECT_EQ(recipes.revision, "main");
  EXPECT_TRUE(recipes.made_private);
  EXPECT_EQ(publish({.push = true, .to = "me/flag", .base = "/bases/tiny-llama"}).repo, "me/flag");
}

TEST_F(TrainingArgsOfARun, GiveTheCardItsHyperParameters) {
  put_args(asked_ + text("eval_strategy") + "cm\nE\n" + text("steps") + "\x85R");
  publish({.push = false});
  const std::string card = publisher_.disk().text("/runs/chatml-full/README.md").value_or("");
  EXPECT_THAT(card, ::testing::HasSubstr("| `learning_rate` | 5e-05 |"));
}

TEST_F(TrainingArgsOfARun, AreHeldAgainstTheRecipe) {
  put_args(asked_);
  recipe::Recipe recipe{.file = "r.yaml", .values = {{"learning_rate", "5.0e-05"}, {"seed", "1"}}};
  EXPECT_FALSE(warned(publish({.recipe = recipe, .push = false}), "recipe-differs"));
  recipe.values[0].second = "1.0e-05";
  EXPECT_TRUE(warned(publish({.recipe = recipe, .push = false}), "recipe-differs"));
}

TEST_F(TrainingArgsOfARun, KeepTheirTokenToThemselves) {
  put_args(text("hub_token") + text(kMarker) + text("seed") + "K\7");
  const PublishResult result = publish({.push = true, .to = "me/quiet", .base = "/bases/tiny-llama"});
  EXPECT_TRUE(warned(result, "token-in-training-args"));
  for (const model::Warning& warning : result.warnings)
    EXPECT_EQ(warning.message.find("MARKER"), std::string::npos) << warning.message;
  os::MemTree tree = publisher_.disk().tree("/runs/chatml-full");
  tree.erase("/runs/chatml-full/training_args.bin");
  for (const auto& [path, entry] : tree) EXPECT_EQ(entry.content.find("MARKER"), std::string::npos) << path;
  EXPECT_FALSE(testing::remote_tree(hub_.transport(), "me/quiet").contains("training_args.bin"));
}

TEST_F(TrainingArgsOfARun, AreNotAddedToAReleaseWithATokenInThem) {
  const flow::PublishOptions options{.run = "/runs/chatml-full",
                                     .push = true,
                                     .to = "me/added",
                                     .base = "/bases/tiny-llama",
                                     .add = {"*.bin"}};
  put_args(text("seed") + "K\7");
  ASSERT_TRUE(publisher_.publish(options));
  EXPECT_TRUE(testing::remote_tree(hub_.transport(), "me/added").contains("training_args.bin"));
  put_args(text("hub_token") + text(kMarker));
  const auto refused = publisher_.publish(options);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kRefused);
  EXPECT_THAT(describe(refused.error()), ::testing::HasSubstr("training_args.bin"));
  EXPECT_EQ(describe(refused.error()).find("MARKER"), std::string::npos);
}

}  // namespace
}  // namespace slipway::flow
