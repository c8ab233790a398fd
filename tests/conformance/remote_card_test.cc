// What becomes of a card that people edit on the Hub, against the embedded Hub, on a disk in memory.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include <fmt/format.h>

#include "support/hub_ground.h"

namespace slipway::flow {
namespace {

using ::testing::HasSubstr;
using testing::HubGround;
using ::testing::Not;
using testing::Publisher;

class RemoteCardTest : public ::testing::Test {
 protected:
  PublishResult publish() {
    auto result = here_.publish({.run = "/runs/chatml-full", .push = true, .to = "me/tiny", .jobs = 1});
    EXPECT_TRUE(result) << describe(result.error());
    return result.value_or(PublishResult{});
  }

  void edit_on_the_hub(const std::string& card) {
    Publisher somebody(&hub_.transport());
    somebody.disk().put("/edit/README.md", card);
    const auto pushed = somebody.push({.folder = "/edit", .repo = "me/tiny"});
    EXPECT_TRUE(pushed) << describe(pushed.error());
  }

  // For a card that the Hub would not have taken.
  void answer_with_card(const std::string& card) {
    here_.transport().set_script([card](const os::HttpRequest& request, std::size_t) {
      if (!request.url.ends_with("/README.md")) return os::Mishap{};
      return os::Mishap{.kind = os::Mishap::Kind::kStatus, .status = 200, .body = card};
    });
  }

  std::string hub_card() {
    os::TestWorld parts(&hub_.transport());
    os::World world = parts.world();
    hub::Client client(world, testing::test_client());
    return client.fetch_text({"me", "tiny"}, "main", "README.md", 1 << 20).value().value_or("");
  }

  std::string run_card() { return here_.disk().text("/runs/chatml-full/README.md").value_or(""); }

  static bool warns(const PublishResult& result, std::string_view code) {
    return std::ranges::any_of(result.warnings, [&](const auto& row) { return row.code == code; });
  }

  static std::string warning(const PublishResult& result, std::string_view code) {
    const auto at = std::ranges::find(result.warnings, code, &model::Warning::code);
    return at == result.warnings.end() ? "no warning" : at->message;
  }

  // A list that fills the front matter up to what is read of it.
  static std::string many_ones() {
    std::string ones = "1";
    for (std::size_t i = 0; i < 99'995; ++i) ones += ",1";
    return ones;
  }

  HubGround hub_;
  Publisher here_{&hub_.transport()};
};

TEST_F(RemoteCardTest, WordsWrittenOnTheHubSurviveTheNextRelease) {
  publish();
  edit_on_the_hub(hub_card() + "\n## Limits\n\nNot for medicine.\n");
  here_.disk().put("/runs/chatml-full/eval_results.json", R"({"eval_loss": 0.25})");
  const PublishResult second = publish();
  EXPECT_TRUE(second.changed);
  EXPECT_FALSE(warns(second, "card-conflict"));
  EXPECT_THAT(hub_card(), HasSubstr("Not for medicine."));
  EXPECT_THAT(hub_card(), HasSubstr("0.25"));
  EXPECT_THAT(run_card(), Not(HasSubstr("Not for medicine.")));
  const PublishResult third = publish();
  EXPECT_FALSE(third.changed);
}

TEST_F(RemoteCardTest, ACardThatStoodThereBeforeUsIsKeptAroundOurParts) {
  edit_on_the_hub("---\nwidget:\n- text: Hi\n---\n# A plan\n\nThis will be a model.\n");
  const PublishResult result = publish();
  EXPECT_TRUE(result.changed);
  EXPECT_THAT(hub_card(), HasSubstr("This will be a model."));
  EXPECT_THAT(hub_card(), HasSubstr("- text: Hi"));
  EXPECT_THAT(hub_card(), HasSubstr("slipway:begin quick-start"));
  const auto shown = std::ranges::find(result.files, "README.md", &ReleasedFile::path);
  EXPECT_EQ(shown->size, hub_card().size());
}

TEST_F(RemoteCardTest, WhereBothChangedTheHubsStandsAndTheDifferenceIsShown) {
  publish();
  edit_on_the_hub(hub_card() + "\nWords of there.\n");
  here_.disk().put("/runs/chatml-full/README.md", run_card() + "\nWords of here.\n");
  const PublishResult result = publish();
  const auto conflict = std::ranges::find(result.warnings, "card-conflict", &model::Warning::code);
  ASSERT_NE(conflict, result.warnings.end());
  EXPECT_EQ(conflict->detail, "- Words of here.\n+ Words of there.\n");
  EXPECT_THAT(hub_card(), HasSubstr("Words of there."));
  EXPECT_THAT(run_card(), HasSubstr("Words of here."));
  here_.disk().put("/runs/chatml-full/README.md", run_card() + "\nWords of there.\n");
  edit_on_the_hub(run_card());
  EXPECT_FALSE(warns(publish(), "card-conflict"));
  EXPECT_THAT(hub_card(), HasSubstr("Words of here."));
}

// ---- a card never blocks the weights

TEST_F(RemoteCardTest, ACardThereThatIsTooLongIsNamedAndGivesWayToOurs) {
  edit_on_the_hub(std::string(2u << 20, 'x'));
  const PublishResult result = publish();
  EXPECT_THAT(warning(result, "card-conflict"), HasSubstr("README.md of me/tiny"));
  EXPECT_EQ(hub_card(), run_card());
  EXPECT_FALSE(warns(publish(), "card-conflict"));
}

TEST_F(RemoteCardTest, ACardThatComesLongerThanTheTreeSaysBlocksNothing) {
  edit_on_the_hub("# Theirs\n");
  answer_with_card(std::string(2u << 20, 'x'));
  EXPECT_THAT(warning(publish(), "card-conflict"), HasSubstr("README.md of me/tiny"));
  here_.transport().set_script({});
  EXPECT_EQ(hub_card(), run_card());
}

TEST_F(RemoteCardTest, ACardThatOursCannotBeJoinedWithIsNamedAndGivesWayToOurs) {
  edit_on_the_hub("---\nnumbers: [" + many_ones() + "]\n---\n# Theirs\n");
  const PublishResult result = publish();
  const auto conflict = std::ranges::find(result.warnings, "card-conflict", &model::Warning::code);
  ASSERT_NE(conflict, result.warnings.end());
  EXPECT_THAT(conflict->message, HasSubstr("README.md of me/tiny"));
  EXPECT_THAT(conflict->message, HasSubstr("100000 nodes"));
  EXPECT_THAT(conflict->detail, HasSubstr("+ # Theirs"));
  EXPECT_EQ(hub_card(), run_card());
}

TEST_F(RemoteCardTest, ACardOfTheRunThatIsTooLongIsPublishedAsItIs) {
  edit_on_the_hub("# Theirs\n");
  here_.disk().put("/runs/chatml-full/README.md", std::string(2u << 20, 'x'));
  const PublishResult result = publish();
  EXPECT_THAT(warning(result, "card-too-large"), HasSubstr("README.md"));
  EXPECT_TRUE(result.changed);
  EXPECT_FALSE(publish().changed);
}

TEST_F(RemoteCardTest, ACardOfTheRunThatTakesNoMoreIsPublishedAsItIs) {
  const std::string full = "---\nnumbers: [" + many_ones() + "]\n---\n# Mine\n";
  here_.disk().put("/runs/chatml-full/README.md", full);
  EXPECT_THAT(warning(publish(), "card-too-large"), HasSubstr("README.md"));
  EXPECT_EQ(run_card(), full);
  EXPECT_EQ(hub_card(), full);
}

TEST_F(RemoteCardTest, BrokenFrontMatterThereIsMadeAnewAndNamed) {
  edit_on_the_hub("# Theirs\n");
  answer_with_card("---\nlicense: [mit\n---\n# Theirs\n");
  EXPECT_THAT(warning(publish(), "front-matter-broken"), HasSubstr("README.md of me/tiny"));
  EXPECT_THAT(hub_card(), HasSubstr("# Theirs"));
}

TEST_F(RemoteCardTest, ADifferenceIsToldOnceHoweverOftenTheBranchMoves) {
  publish();
  edit_on_the_hub(hub_card() + "\nWords of there.\n");
  here_.disk().put("/runs/chatml-full/README.md", run_card() + "\nWords of here.\n");
  here_.disk().put("/runs/chatml-full/eval_results.json", R"({"eval_loss": 0.25})");
  std::size_t moves = 0;
  here_.transport().set_script([&](const os::HttpRequest& request, std::size_t) {
    if (request.url.find("/preupload/") != std::string::npos && moves < 2) {
      Publisher somebody(&hub_.transport());
      somebody.disk().put("/note/NOTE.md", fmt::format("note {}", ++moves));
      EXPECT_TRUE(somebody.push({.folder = "/note", .repo = "me/tiny"}));
    }
    return os::Mishap{};
  });
  const auto result =
      here_.publish({.run = "/runs/chatml-full", .push = true, .to = "me/tiny", .replan = true, .jobs = 1});
  ASSERT_TRUE(result) << describe(result.error());
  EXPECT_EQ(moves, 2u);
  EXPECT_EQ(std::ranges::count(result->warnings, "card-conflict", &model::Warning::code), 1);
}

}  // namespace
}  // namespace slipway::flow
