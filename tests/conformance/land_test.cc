// How a release of more than one commit, and one that asks for a pull request, reaches the embedded Hub.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fmt/format.h>

#include "flow/land.h"
#include "flow/ship.h"
#include "support/hub_ground.h"

namespace slipway::flow {
namespace {

using os::Mishap;
using ::testing::HasSubstr;
using testing::HubGround;
using testing::Publisher;

constexpr int kNotes = 25;

class LandTest : public ::testing::Test {
 protected:
  LandTest() {
    for (int i = 0; i < kNotes; ++i)
      here_.disk().put(fmt::format("/many/note-{:02}.txt", i), fmt::format("note {}", i));
    here_.disk().put("/many/blob.bin", std::string("\0binary", 7));
  }

  // `push` of the folder with small commits: ten entries each.
  Result<PublishResult> push(PushOptions options = {}) {
    options.folder = "/many";
    options.repo = "me/many";
    options.limits = {.entries_max = 10};
    options.jobs = 1;
    return here_.push(options);
  }

  hub::Client client() {
    world_.emplace(parts_.world());
    return hub::Client(*world_, testing::test_client());
  }

  std::vector<hub::wire::CommitInfo> commits(const std::string& revision = "main") {
    return client().history({"me", "many"}, revision, 1000).value();
  }

  std::size_t files_on(const std::string& revision) {
    return testing::remote_tree(hub_.transport(), "me/many", revision).size();
  }

  void fail_once(const std::string& method, const std::string& part, Mishap mishap, int skip = 0) {
    here_.transport().set_script(
        [=, left = skip, done = false](const os::HttpRequest& request, std::size_t) mutable {
          const bool hit = request.method == method && request.url.find(part) != std::string::npos;
          if (!hit || done || left-- > 0) return Mishap{};
          done = true;
          return mishap;
        });
  }

  HubGround hub_;
  Publisher here_{&hub_.transport()};
  os::TestWorld parts_{&hub_.transport()};
  std::optional<os::World> world_{};
};

TEST_F(LandTest, MoreThanOneCommitHoldsIsStillOneVisibleChange) {
  std::size_t seen_in_between = 0;
  here_.transport().set_script([&](const os::HttpRequest& request, std::size_t) {
    const bool commits_to_pr = request.url.find("/commit/refs%2Fpr") != std::string::npos;
    if (commits_to_pr) seen_in_between += files_on("main") != 1;  // the Hub's own .gitattributes
    return Mishap{};
  });
  const auto result = push();
  ASSERT_TRUE(result) << describe(result.error());
  EXPECT_TRUE(result->changed);
  EXPECT_FALSE(result->pull_request);
  EXPECT_EQ(here_.transport().count("POST", "/commit/refs%2Fpr%2F1"), 3u);
  EXPECT_EQ(here_.transport().count("POST", "/commit/main"), 0u);
  EXPECT_EQ(seen_in_between, 0u);
  EXPECT_EQ(files_on("main"), kNotes + 2u);
  EXPECT_EQ(commits().size(), 2u);
  EXPECT_EQ(result->commit, commits().front().id);
  EXPECT_FALSE(push()->changed);
}

TEST_F(LandTest, AnInterruptedPullRequestIsTakenUpAgain) {
  for (int skip = 0; skip < 3; ++skip) {
    fail_once("POST", "/commit/refs%2Fpr", {.kind = Mishap::Kind::kStatus, .status = 400}, skip == 0 ? 1 : 0);
    EXPECT_FALSE(push());
  }
  fail_once("POST", "/merge", {.kind = Mishap::Kind::kStatus, .status = 400});
  EXPECT_FALSE(push());
  EXPECT_EQ(files_on("main"), 1u);
  here_.transport().set_script({});
  here_.transport().clear();
  const auto result = push();
  ASSERT_TRUE(result) << describe(result.error());
  EXPECT_EQ(here_.transport().count("POST", "/commit/"), 0u);  // everything was on the pull request's ref
  EXPECT_EQ(files_on("main"), kNotes + 2u);
  EXPECT_EQ(client().open_pull_requests({"me", "many"}, "local")->size(), 0u);
}

TEST_F(LandTest, LostRepliesDoubleNothing) {
  for (const char* part : {"/discussions", "/commit/refs%2Fpr", "/merge"}) {
    HubGround hub;
    Publisher publisher(&hub.transport());
    for (int i = 0; i < kNotes; ++i) publisher.disk().put(fmt::format("/many/{}", i), fmt::format("{}", i));
    bool done = false;
    publisher.transport().set_script([&](const os::HttpRequest& request, std::size_t) {
      const bool hit = !done && request.method == "POST" && request.url.find(part) != std::string::npos;
      done = done || hit;
      return Mishap{.kind = hit ? Mishap::Kind::kLostReply : Mishap::Kind::kNone};
    });
    const PushOptions options{.folder = "/many", .repo = "me/many", .limits = {.entries_max = 10}, .jobs = 1};
    auto result = publisher.push(options);
    if (!result) result = publisher.push(options);
    ASSERT_TRUE(result) << part << ": " << describe(result.error());
    os::TestWorld parts(&hub.transport());
    os::World world = parts.world();
    hub::Client client(world, testing::test_client());
    EXPECT_EQ(client.history({"me", "many"}, "main", 100)->size(), 2u) << part;
    EXPECT_EQ(testing::remote_tree(hub.transport(), "me/many").size(), kNotes + 1u) << part;
  }
}

TEST_F(LandTest, ABranchThatMovesBeforeTheMergeIsAConflict) {
  Publisher other(&hub_.transport());
  other.disk().put("/note/NOTE.md", "by somebody else");
  int seen = 0;
  here_.transport().set_script([&](const os::HttpRequest& request, std::size_t) {
    if (request.url.find("/commit/refs%2Fpr") != std::string::npos && seen++ == 0) {
      EXPECT_TRUE(other.push({.folder = "/note", .repo = "me/many"}));
    }
    return Mishap{};
  });
  const auto result = push();
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::kConflict);
  const auto again = push();
  ASSERT_TRUE(again) << describe(again.error());
  EXPECT_EQ(files_on("main"), kNotes + 3u);
}

TEST_F(LandTest, OnAnotherBranchSeveralCommitsMustBeAllowed) {
  PushOptions options{.revision = "dev"};
  const auto refused = push(options);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kUnsupported);
  EXPECT_THAT(describe(refused.error()), HasSubstr("--allow-several-commits"));
  options.allow_several = true;
  const auto result = push(options);
  ASSERT_TRUE(result) << describe(result.error());
  EXPECT_EQ(files_on("dev"), kNotes + 2u);
  EXPECT_EQ(commits("dev").size(), 4u);
  EXPECT_THAT(commits("dev").front().title, HasSubstr("(part 3 of 3)"));
}

TEST_F(LandTest, WhereTheHubOpensNoPullRequestItIsSaidOrSeveralCommitsAreMade) {
  const auto no_pull_requests = [](const os::HttpRequest& request, std::size_t) {
    const bool hit = request.method == "POST" && request.url.find("/discussions") != std::string::npos;
    return Mishap{.kind = hit ? Mishap::Kind::kStatus : Mishap::Kind::kNone, .status = 403};
  };
  here_.transport().set_script(no_pull_requests);
  const auto refused = push();
  ASSERT_FALSE(refused);
  EXPECT_THAT(describe(refused.error()), HasSubstr("--allow-several-commits"));
  const auto result = push({.allow_several = true});
  ASSERT_TRUE(result) << describe(result.error());
  EXPECT_EQ(commits().size(), 4u);
}

TEST_F(LandTest, APullRequestThatIsAskedForStaysOpenAndIsMadeOnce) {
  const PushOptions options{.create_pr = true};
  const auto first = push(options);
  ASSERT_TRUE(first) << describe(first.error());
  EXPECT_EQ(first->pull_request, 1u);
  EXPECT_THAT(first->url, HasSubstr("/me/many/discussions/1"));
  EXPECT_EQ(files_on("main"), 1u);
  EXPECT_EQ(files_on("refs/pr/1"), kNotes + 2u);
  const auto again = push(options);
  ASSERT_TRUE(again) << describe(again.error());
  EXPECT_FALSE(again->changed);
  EXPECT_EQ(again->pull_request, 1u);
  ASSERT_TRUE(client().merge_pull_request({"me", "many"}, 1, ""));
  EXPECT_FALSE(push()->changed);
  EXPECT_EQ(push({.revision = "dev", .create_pr = true}).error().code, ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace slipway::flow
