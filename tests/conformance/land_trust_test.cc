// Whose pull request a release goes by, and what it must hold before it is merged: a Hub where others write
// too.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fmt/format.h>

#include "flow/push_folder.h"
#include "support/server_ground.h"

namespace slipway::flow {
namespace {

using os::Mishap;
using ::testing::HasSubstr;
using testing::Publisher;

constexpr int kNotes = 25;
constexpr const char* kTitle = "Upload folder using slipway";

struct Heard : Observer {
  void event(std::string_view text) override { events += std::string(text) + "\n"; }
  std::string events{};
};

class LandTrustTest : public testing::ServerTest {
 protected:
  LandTrustTest() {
    create("me", "many");
    for (int i = 0; i < kNotes; ++i)
      here_.disk().put(fmt::format("/many/note-{:02}.txt", i), fmt::format("note {}", i));
    here_.disk().put("/many/blob.odd", std::string("\0binary", 7));  // large by content: no pattern covers it
    owner_ = make_token("me", "write");
    member_ = make_token("member", "write", {"me"});
    guest_ = make_token("guest", "write");
    token_ = owner_;
  }

  // `push` of the folder as the owner, with small commits: ten entries each.
  Result<PublishResult> push(PushOptions options = {}) {
    options.folder = "/many";
    options.repo = "me/many";
    options.limits = {.entries_max = 10};
    options.jobs = 1;
    os::World world = here_.parts().world();
    hub::Client client(world, testing::test_client(owner_));
    return push_folder(world, client, options, heard_);
  }

  // Whether the request is one of a kind, the `nth` time that such a one comes.
  static auto nth(int nth, const std::string& method, const std::string& part) {
    return [=, left = nth](const os::HttpRequest& request) mutable {
      const bool hit = request.method == method && request.url.find(part) != std::string::npos;
      return hit && --left == 0;
    };
  }

  void before(auto is_it, std::function<void()> act) {
    here_.transport().set_script([=](const os::HttpRequest& request, std::size_t) mutable {
      if (is_it(request)) act();
      return Mishap{};
    });
  }

  // Leaves a pull request with the first of its commits.
  void leave_half_done() {
    here_.transport().set_script(
        [is_it = nth(2, "POST", "/commit/refs%2Fpr")](const os::HttpRequest& request, std::size_t) mutable {
          return Mishap{.kind = is_it(request) ? Mishap::Kind::kStatus : Mishap::Kind::kNone, .status = 400};
        });
    EXPECT_FALSE(push());
    here_.transport().set_script({});
    here_.transport().clear();
  }

  json::Value details(int number) {
    return parsed(ask("GET", fmt::format("/api/models/me/many/discussions/{}?diff=1", number)));
  }
  std::string status_of(int number) {
    const json::Value row = details(number);
    return row.find("status") == nullptr ? "" : row.find("status")->string();
  }
  std::string first_words(int number) {
    return details(number).find("events")->items()[0].find("data")->find("latest")->find("raw")->string();
  }

  void write_as(const std::string& token, const std::string& lines, const std::string& branch) {
    const std::string own = std::exchange(token_, token);
    EXPECT_EQ(commit("me/many", header() + lines, branch), 200);
    token_ = own;
  }

  bool on_main(const std::string& path) { return status("GET", "/me/many/resolve/main/" + path) == 200; }

  void expect_refusal(const Result<PublishResult>& result, const std::string& path) {
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, ErrorCode::kRefused) << describe(result.error());
    EXPECT_THAT(describe(result.error()), HasSubstr(path));
    EXPECT_THAT(describe(result.error()), HasSubstr("http://hub.test/me/many/discussions/1"));
    EXPECT_FALSE(on_main("note-00.txt"));
    EXPECT_EQ(here_.transport().count("POST", "/merge"), 0u);
  }

  Publisher here_{&hub_.transport()};
  Heard heard_;
  std::string owner_, member_, guest_;
};

TEST_F(LandTrustTest, AStrangersPullRequestWithOurTitleAndPlanIsNotOurs) {
  leave_half_done();
  const std::string mark = first_words(1);
  EXPECT_THAT(mark, HasSubstr("Slipway-Plan: "));
  EXPECT_EQ(status("POST", "/api/models/me/many/discussions/1/status", R"({"status":"closed"})"), 200);
  token_ = guest_;
  EXPECT_EQ(status("POST", "/api/models/me/many/discussions",
                   json::print_compact(json::Value::object(
                       {{"title", kTitle}, {"description", mark}, {"pullRequest", true}}))),
            200);
  write_as(guest_, file("evil.py", "import os"), "refs%2Fpr%2F2");
  token_ = owner_;
  const auto result = push();
  ASSERT_TRUE(result) << describe(result.error());
  EXPECT_TRUE(on_main("note-00.txt"));
  EXPECT_FALSE(on_main("evil.py"));
  EXPECT_EQ(status_of(2), "draft");
  EXPECT_EQ(status_of(3), "merged");
}

TEST_F(LandTrustTest, WhatSomebodyElseWroteOnOurPullRequestIsNotMerged) {
  const std::vector<std::pair<std::string, std::string>> writes{
      {"evil.py", file("evil.py", "import os")},
      {"note-00.txt", file("note-00.txt", "another note")},
      {".gitattributes", file(".gitattributes", "*.txt filter=other\n")},
      {".gitattributes", line("deletedFile", json::Value::object({{"path", ".gitattributes"}}))}};
  for (const auto& [path, lines] : writes) {
    SCOPED_TRACE(path);
    leave_half_done();
    const std::string ours = head("me/many", "refs%2Fpr%2F1");
    write_as(member_, lines, "refs%2Fpr%2F1");
    expect_refusal(push(), path);
    EXPECT_EQ(status("DELETE", "/api/repos/delete", R"({"name":"many","organization":"me"})"), 200);
    create("me", "many");
  }
}

TEST_F(LandTrustTest, WhatComesWhileWeWriteIsNotMergedEither) {
  // While the last of the three commits is made, and after it.
  for (const auto& [method, part] :
       {std::pair{"POST", "/commit/refs%2Fpr"}, {"GET", "/revision/refs%2Fpr%2F1"}}) {
    SCOPED_TRACE(method);
    const bool after = std::string_view(method) == "GET";
    before(nth(after ? 2 : 3, method, part),
           [&] { write_as(member_, file("evil.py", "import os"), "refs%2Fpr%2F1"); });
    const auto result = push();
    ASSERT_FALSE(result);
    EXPECT_EQ(here_.transport().count("POST", "/merge"), 0u);
    EXPECT_FALSE(on_main("evil.py"));
    here_.transport().set_script({});
    expect_refusal(push(), "evil.py");
    EXPECT_EQ(status("POST", "/api/models/me/many/discussions/1/status", R"({"status":"closed"})"), 200);
    const auto again = push();  // the way out that the error names
    ASSERT_TRUE(again) << describe(again.error());
    EXPECT_FALSE(on_main("evil.py"));
    EXPECT_EQ(status("DELETE", "/api/repos/delete", R"({"name":"many","organization":"me"})"), 200);
    create("me", "many");
    here_.transport().clear();
  }
}

TEST_F(LandTrustTest, APullRequestOnAnotherHeadIsLeftAndToldAndANewOneIsMade) {
  leave_half_done();
  write_as(member_, file("note-00.txt", "theirs") + file("NOTE.md", "theirs"), "main");
  const auto result = push();
  ASSERT_TRUE(result) << describe(result.error());
  EXPECT_EQ(status_of(1), "draft");
  EXPECT_EQ(status_of(2), "merged");
  EXPECT_EQ(ask("GET", "/me/many/resolve/main/note-00.txt").body, "note 0");
  EXPECT_TRUE(on_main("NOTE.md"));
  EXPECT_THAT(heard_.events, HasSubstr("pull request 1 of an earlier run stands on another head"));
}

TEST_F(LandTrustTest, ABranchThatMovesBeforeThePullRequestBeginsIsAConflictBeforeAnythingIsSent) {
  before(nth(1, "POST", "/discussions"), [&] { write_as(member_, file("NOTE.md", "theirs"), "main"); });
  const auto moved = push();
  ASSERT_FALSE(moved);
  EXPECT_EQ(moved.error().code, ErrorCode::kConflict) << describe(moved.error());
  EXPECT_EQ(here_.transport().count("POST", "/commit/"), 0u);
  here_.transport().set_script({});
  const auto again = push();  // what it opened stands on the new head
  ASSERT_TRUE(again) << describe(again.error());
  EXPECT_EQ(status_of(1), "merged");
  EXPECT_TRUE(on_main("NOTE.md") && on_main("note-00.txt"));
}

TEST_F(LandTrustTest, APullRequestThatStaysOpenIsLookedAtTheSameWay) {
  const PushOptions options{.create_pr = true};
  ASSERT_TRUE(push(options));
  EXPECT_EQ(push(options)->pull_request, 1u);
  write_as(member_, file("note-00.txt", "a reviewer's note"), "refs%2Fpr%2F1");
  expect_refusal(push(options), "note-00.txt");
  EXPECT_EQ(ask("GET", "/me/many/resolve/refs%2Fpr%2F1/note-00.txt").body, "a reviewer's note");
}

TEST_F(LandTrustTest, ACommitWithOurPlanThatHoldsMoreIsAMovedBranch) {
  leave_half_done();
  const std::string mark = first_words(1);
  const std::string binary("\0binary", 7);
  std::string lines = line("header", json::Value::object({{"summary", kTitle}, {"description", mark}})) +
                      lfs("blob.odd", binary);
  for (int i = 0; i < kNotes; ++i) lines += file(fmt::format("note-{:02}.txt", i), fmt::format("note {}", i));
  const auto publish = [&](const std::string& more) {
    before(nth(1, "POST", "/commit/main"), [=, this] {
      token_ = owner_;  // by another process of the account: nobody else may name its large object
      EXPECT_EQ(commit("me/many", lines + more), 200);
    });
    os::World world = here_.parts().world();
    hub::Client client(world, testing::test_client(owner_));
    return push_folder(world, client, {.folder = "/many", .repo = "me/many", .jobs = 1}, heard_);
  };
  const auto more = publish(file("evil.py", "import os"));
  ASSERT_FALSE(more);
  EXPECT_EQ(more.error().code, ErrorCode::kConflict);
  EXPECT_THAT(describe(more.error()), HasSubstr("evil.py"));
  EXPECT_EQ(status("DELETE", "/api/repos/delete", R"({"name":"many","organization":"me"})"), 200);
  create("me", "many");
  token_ = member_;
  store("me/many", binary);  // the new repository has it not yet, and what the owner sent is the owner's
  token_ = owner_;
  const auto same = publish("");  // as another run of ours would leave it
  ASSERT_TRUE(same) << describe(same.error());
}

TEST_F(LandTrustTest, AMergeThatConflictsIsAMovedBranchAndPlannedAgain) {
  const auto race = [&](const std::string& text) {
    before(nth(1, "POST", "/merge"), [=, this] { write_as(member_, file("note-00.txt", text), "main"); });
  };
  race("theirs");
  const auto moved = push();
  ASSERT_FALSE(moved);
  EXPECT_EQ(moved.error().code, ErrorCode::kConflict) << describe(moved.error());
  EXPECT_THAT(describe(moved.error()), HasSubstr("note-00.txt"));
  EXPECT_THAT(describe(moved.error()), HasSubstr("--replan"));
  race("theirs again");
  const auto result = push({.replan = true});
  ASSERT_TRUE(result) << describe(result.error());
  EXPECT_EQ(ask("GET", "/me/many/resolve/main/note-00.txt").body, "note 0");
  EXPECT_EQ(status_of(1) + status_of(2) + status_of(3), "openopenmerged");
}

TEST_F(LandTrustTest, AHubThatDoesNotSayWhoWeAreGetsANewPullRequest) {
  leave_half_done();
  here_.transport().set_script([](const os::HttpRequest& request, std::size_t) {
    const bool hit = request.url.find("/whoami") != std::string::npos;
    return Mishap{.kind = hit ? Mishap::Kind::kStatus : Mishap::Kind::kNone, .status = 404};
  });
  const auto result = push();
  ASSERT_TRUE(result) << describe(result.error());
  EXPECT_EQ(status_of(1), "draft");
  EXPECT_EQ(status_of(2), "merged");
}

}  // namespace
}  // namespace slipway::flow
