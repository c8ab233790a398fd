// Merging a pull request, committing onto it and changing its status while another request does so too.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include <fmt/format.h>

#include "support/server_ground.h"

namespace slipway::server {
namespace {

using ::testing::ElementsAre;
using testing::ServerTest;

// Text of which nothing comes before something else was done: what a slow client leaves room for.
class LateBody : public os::BodySource {
 public:
  LateBody(std::string text, std::function<void()> first)
      : text_(std::move(text)), first_(std::move(first)) {}
  std::uint64_t size_bytes() const override { return text_.size(); }
  Result<void> read(std::uint64_t offset, MutableBytes out) override {
    if (const auto act = std::exchange(first_, nullptr)) act();
    std::ranges::copy(as_bytes(text_).subspan(offset, out.size()), out.begin());
    return {};
  }

 private:
  std::string text_;
  std::function<void()> first_;
};

// Dice that may do something before they are thrown.
class LateDice : public os::SeededDice {
 public:
  void fill(MutableBytes out) override {
    if (const auto act = std::exchange(first, nullptr)) act();
    os::SeededDice::fill(out);
  }
  std::function<void()> first{};
};

class PullRequestRaceTest : public ServerTest {
 protected:
  PullRequestRaceTest() {
    create("me", "tiny");
    EXPECT_EQ(commit("me/tiny", header() + file("a", "1")), 200);
    EXPECT_EQ(status("POST", "/api/models/me/tiny/commit/main?create_pr=1", header() + file("a", "2")), 200);
    before_ = head("me/tiny");
  }

  int late(const std::string& target, const std::string& body, std::function<void()> first) {
    os::HttpRequest request{.method = "POST", .url = "http://hub.test" + target, .headers = {}};
    request.body = std::make_shared<LateBody>(body, std::move(first));
    return os::send_and_collect(hub_.transport(), request, 1u << 20).value().response.status;
  }
  int change(const std::string& what, const std::string& body = "{}") {
    return status("POST", kPull + what, body);
  }
  // A merge by another server of the same folder that has read all it reads when `then` is done.
  int merge_late(std::function<void()> then) {
    LateDice dice;
    os::World& own = hub_.world();
    os::World world{.files = own.files,
                    .http = own.http,
                    .executor = own.executor,
                    .clock = own.clock,
                    .dice = dice,
                    .environment = own.environment};
    const auto server = HubServer::open(world, {.root = hub_.root()}).value();
    os::LoopTransport loop(*server);
    os::HttpRequest request{.method = "POST",
                            .url = "http://hub.test" + kPull + "/merge",
                            .headers = {{"X-Request-Id", "known"}}};
    dice.first = std::move(then);
    return os::send_and_collect(loop, request, 1u << 20).value().response.status;
  }

  json::Value details() { return parsed(ask("GET", kPull)); }
  std::string state() { return details().find("status")->string(); }
  std::vector<std::string> events() {
    std::vector<std::string> kinds;
    const json::Value row = details();
    for (const json::Value& event : row.find("events")->items())
      kinds.push_back(event.find("type")->string());
    return kinds;
  }
  std::vector<std::string> titles() {
    std::vector<std::string> rows;
    const json::Value history = parsed(ask("GET", "/api/models/me/tiny/commits/main"));
    for (const json::Value& row : history.items()) rows.push_back(row.find("title")->string());
    return rows;
  }
  std::string content(const std::string& revision, const std::string& path) {
    return ask("GET", "/me/tiny/resolve/" + revision + "/" + path).body;
  }

  const std::string kPull = "/api/models/me/tiny/discussions/1";
  const std::string kCommit = "/api/models/me/tiny/commit/refs%2Fpr%2F1";
  std::string before_{};
};

TEST_F(PullRequestRaceTest, ACommitOntoARequestThatWasMergedOrClosedMeanwhileIsRefused) {
  const std::string ours = head("me/tiny", "refs%2Fpr%2F1");
  EXPECT_EQ(late(kCommit, header() + file("a", "3"),
                 [&] { EXPECT_EQ(change("/status", R"({"status":"closed"})"), 200); }),
            403);
  EXPECT_EQ(change("/status", R"({"status":"open"})"), 200);
  EXPECT_EQ(late(kCommit, header() + file("a", "3"), [&] { EXPECT_EQ(change("/merge"), 200); }), 403);
  EXPECT_EQ(head("me/tiny", "refs%2Fpr%2F1"), ours);
  EXPECT_THAT(events(), ElementsAre("comment", "commit", "status-change", "status-change", "status-change"));
}

TEST_F(PullRequestRaceTest, ACommitOntoADraftThatWasOpenedMeanwhileIsMade) {
  EXPECT_EQ(status("POST", "/api/models/me/tiny/discussions", R"({"title":"t","pullRequest":true})"), 200);
  const auto open = [&] {
    EXPECT_EQ(status("POST", "/api/models/me/tiny/discussions/2/status", R"({"status":"open"})"), 200);
  };
  EXPECT_EQ(late("/api/models/me/tiny/commit/refs%2Fpr%2F2", header() + file("a", "3"), open), 200);
  EXPECT_EQ(content("refs%2Fpr%2F2", "a"), "3");
}

TEST_F(PullRequestRaceTest, WhatIsMergedMeanwhileStaysMerged) {
  for (const char* wanted : {"closed", "open"}) {
    EXPECT_EQ(
        late(kPull + "/status", fmt::format(R"({{"status":"{}"}})", wanted), [&] { (void)change("/merge"); }),
        400);
    EXPECT_EQ(state(), "merged");
  }
  EXPECT_THAT(events(), ElementsAre("comment", "commit", "status-change"));
}

TEST_F(PullRequestRaceTest, TwoMergesMakeOneCommit) {
  EXPECT_EQ(late(kPull + "/merge", "{}", [&] { EXPECT_EQ(change("/merge"), 200); }), 400);
  EXPECT_THAT(titles(), ElementsAre("a change (#1)", "a change", "initial commit"));
  EXPECT_THAT(events(), ElementsAre("comment", "commit", "status-change"));
}

TEST_F(PullRequestRaceTest, AMergeOfWhatIsClosedMeanwhileIsRefused) {
  const auto close = [&] { EXPECT_EQ(change("/status", R"({"status":"closed"})"), 200); };
  EXPECT_EQ(late(kPull + "/merge", "{}", close), 400);
  EXPECT_EQ(head("me/tiny"), before_);
  EXPECT_EQ(change("/status", R"({"status":"open"})"), 200);
  EXPECT_EQ(merge_late(close), 400);
  EXPECT_EQ(head("me/tiny"), before_);
  EXPECT_EQ(state(), "closed");
}

TEST_F(PullRequestRaceTest, AMergeTakesWhatWasCommittedMeanwhile) {
  const int merged = merge_late([&] {
    EXPECT_EQ(commit("me/tiny", header() + file("a", "3") + file("b", "1"), "refs%2Fpr%2F1"), 200);
  });
  EXPECT_EQ(merged, 200);
  EXPECT_EQ(content("main", "a") + content("main", "b"), "31");
  EXPECT_EQ(details().find("changes")->find("mergeCommitId")->string(), head("me/tiny"));
}

TEST_F(PullRequestRaceTest, ACommitForARepositoryThatIsGoneDoesNotLandInTheNextOne) {
  const auto replace = [&] {
    EXPECT_EQ(status("DELETE", "/api/repos/delete", R"({"name":"new","organization":"me"})"), 200);
    create("me", "another");
  };
  create("me", "new");
  EXPECT_NE(late("/api/models/me/new/commit/main", header() + file("a", "1"), replace), 200);
  EXPECT_EQ(status("GET", "/me/another/resolve/main/a"), 404);
}

// Whoever comes first: what is on the branch is what was on the request when it was merged.
TEST_F(PullRequestRaceTest, ManyAtOnceLeaveOneMergeOfOneHead) {
  const auto post = [&](const std::string& target, const std::string& body) {
    os::HttpRequest request{.method = "POST", .url = "http://hub.test" + target, .headers = {}};
    request.body = os::text_body(body);
    return os::send_and_collect(hub_.transport(), request, 1u << 20).value().response.status;
  };
  std::vector<int> merges(2);
  {
    std::vector<std::jthread> threads;
    for (int& merged : merges)
      threads.emplace_back([&] {
        for (int i = 0; i < 20 && merged != 200; ++i) merged = post(kPull + "/merge", "{}");
      });
    for (int worker = 0; worker < 2; ++worker)
      threads.emplace_back([&, worker] {
        for (int i = 0; i < 20; ++i) post(kCommit, header() + file("a", fmt::format("{}.{}", worker, i)));
      });
    threads.emplace_back([&] {
      for (int i = 0; i < 20; ++i) post(kPull + "/status", R"({"status":"closed"})");
    });
    threads.emplace_back([&] {
      for (int i = 0; i < 20; ++i) post(kPull + "/status", R"({"status":"open"})");
    });
  }
  (void)change("/status", R"({"status":"open"})");
  (void)change("/merge");
  EXPECT_LE(std::ranges::count(merges, 200), 1);
  EXPECT_EQ(state(), "merged");
  EXPECT_THAT(titles(), ElementsAre("a change (#1)", "a change", "initial commit"));
  EXPECT_EQ(content("main", "a"), content("refs%2Fpr%2F1", "a"));
}

}  // namespace
}  // namespace slipway::server
