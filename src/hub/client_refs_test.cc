#include <gtest/gtest.h>

#include "hub/client_test_support.h"

namespace slipway::hub {
namespace {

constexpr const char* kDraft = R"({"num":3,"title":"t","status":"draft"})";
constexpr const char* kOpen = R"({"num":3,"title":"t","status":"open"})";
constexpr const char* kMerged = R"({"num":3,"title":"t","status":"merged"})";

TEST(ClientRefs, ABranchBeginsWhereItIsToldTo) {
  Scripted hub({answer(200)});
  ASSERT_TRUE(hub.client().create_branch(kRepo, "dev/x", "v1"));
  EXPECT_EQ(hub.line(0), "POST /api/models/me/tiny/branch/dev%2Fx");
  EXPECT_EQ(hub.body(0), R"({"startingPoint":"v1"})");
  ASSERT_TRUE(hub.client().create_branch(kRepo, "dev"));
  EXPECT_EQ(hub.body(1), "{}");
}

TEST(ClientRefs, AProtectedBranchThatIsThereIsNoFailure) {
  Scripted there({answer(403), answer(200, R"({"id":"me/tiny","sha":"abc"})")});
  EXPECT_TRUE(there.client().create_branch(kRepo, "dev"));
  Scripted absent({answer(403), answer(404, R"({"error":"x"})", {{"X-Error-Code", "RevisionNotFound"}})});
  EXPECT_EQ(absent.client().create_branch(kRepo, "dev").error().code, ErrorCode::kUnauthorized);
}

TEST(ClientRefs, ATagSaysWhetherItIsNew) {
  Scripted hub({answer(200), answer(409)});
  EXPECT_EQ(hub.client().create_tag(kRepo, "main", "v1.0", "first").value(), true);
  EXPECT_EQ(hub.line(0), "POST /api/models/me/tiny/tag/main");
  EXPECT_EQ(hub.body(0), R"({"tag":"v1.0","message":"first"})");
  EXPECT_EQ(hub.client().create_tag(kRepo, "main", "v1.0", "").value(), false);
  Scripted gone({answer(404, R"({"error":"x"})")});
  EXPECT_EQ(gone.client().create_tag(kRepo, "nope", "v1", "").error().code, ErrorCode::kNotFound);
}

TEST(ClientRefs, APullRequestIsOpenedOnceAndGivesItsNumber) {
  Scripted hub({answer(200, R"({"num":3})")});
  EXPECT_EQ(hub.client().open_pull_request(kRepo, "t", "d").value(), 3u);
  EXPECT_EQ(hub.line(0), "POST /api/models/me/tiny/discussions");
  EXPECT_EQ(hub.body(0), R"({"title":"t","description":"d","pullRequest":true})");
  Scripted failing({kNoAnswer});
  EXPECT_FALSE(failing.client().open_pull_request(kRepo, "t", "d"));
  EXPECT_EQ(failing.requests(), 1u);
  Scripted odd({answer(200, "{}")});
  EXPECT_EQ(odd.client().open_pull_request(kRepo, "t", "d").error().code, ErrorCode::kProtocol);
}

TEST(ClientRefs, ADraftIsOpenedBeforeItIsMerged) {
  Scripted hub({answer(200, kDraft), answer(200), answer(200)});
  ASSERT_TRUE(hub.client().merge_pull_request(kRepo, 3, "done"));
  EXPECT_EQ(hub.line(0), "GET /api/models/me/tiny/discussions/3?diff=1");
  EXPECT_EQ(hub.line(1), "POST /api/models/me/tiny/discussions/3/status");
  EXPECT_EQ(hub.body(1), R"({"status":"open"})");
  EXPECT_EQ(hub.line(2), "POST /api/models/me/tiny/discussions/3/merge");
  EXPECT_EQ(hub.body(2), R"({"comment":"done"})");
}

TEST(ClientRefs, AMergeWhoseAnswerWasLostIsFoundDone) {
  Scripted hub({answer(200, kOpen), kNoAnswer, answer(200, kMerged)});
  EXPECT_TRUE(hub.client().merge_pull_request(kRepo, 3, ""));
  EXPECT_EQ(hub.requests(), 3u);
  Scripted again({answer(200, kMerged)});
  EXPECT_TRUE(again.client().merge_pull_request(kRepo, 3, ""));
  EXPECT_EQ(again.requests(), 1u);
  Scripted refused({answer(200, kOpen), answer(409, R"({"error":"conflicts"})"), answer(200, kOpen)});
  EXPECT_FALSE(refused.client().merge_pull_request(kRepo, 3, ""));
}

TEST(ClientRefs, OpenPullRequestsAreAllReadOrNoneAreTaken) {
  const auto page = [](std::size_t number, std::size_t count) {
    constexpr auto* kRow = R"({"num":3,"title":"t","status":"open","isPullRequest":true})";
    return answer(200, fmt::format(R"({{"discussions":[{}],"count":{},"start":{}}})", kRow, count, number));
  };
  std::vector<Mishap> steps;
  for (std::size_t i = 0; i < 30; ++i) steps.push_back(page(i, 30));
  Scripted hub(steps);
  EXPECT_EQ(hub.client().open_pull_requests(kRepo, "me")->size(), 30u);
  Scripted endless({page(0, 1'000'000)});
  EXPECT_EQ(endless.client().open_pull_requests(kRepo, "me").error().code, ErrorCode::kUnsupported);
}

TEST(ClientRefs, ACommitToANewPullRequestSaysSoEverywhere) {
  Scripted hub({answer(200, R"({"files":[{"path":"a","uploadMode":"regular","shouldIgnore":false}]})"),
                answer(200, R"({"commitOid":"c","commitUrl":"u",)"
                            R"("pullRequestUrl":"https://hub.test/me/tiny/discussions/4"})")});
  ASSERT_TRUE(
      hub.client().preupload(kRepo, "main", {{.path = "a"}}, {.gitignore = "*.tmp\n", .create_pr = true}));
  EXPECT_EQ(hub.line(0), "POST /api/models/me/tiny/preupload/main?create_pr=1");
  EXPECT_NE(hub.body(0).find(R"("gitIgnore":"*.tmp\n")"), std::string::npos) << hub.body(0);
  const auto made = hub.client().commit(kRepo, "main", {.summary = "x"}, Target::kNewPullRequest);
  ASSERT_TRUE(made);
  EXPECT_EQ(hub.line(1), "POST /api/models/me/tiny/commit/main?create_pr=1");
  EXPECT_EQ(wire::pull_request_of_url(*made->pull_request_url), 4u);
}

TEST(ClientRefs, ABatchNamesABranchAndNoPullRequest) {
  const std::string oid(64, 'a');
  const std::string stored = R"({"objects":[{"oid":")" + oid + R"(","size":1}]})";
  for (const auto& [revision, named] : {std::pair{"main", true}, {"refs/pr/3", false}, {"", false}}) {
    Scripted hub({answer(200, stored)});
    ASSERT_TRUE(hub.client().lfs_batch(kRepo, revision, {{oid, 1}}));
    EXPECT_EQ(hub.body(0).find(R"("ref":{"name":"main"})") != std::string::npos, named) << revision;
    EXPECT_EQ(hub.body(0).find("ref") != std::string::npos, named) << revision;
  }
}

TEST(ClientRefs, ABatchOfManyObjectsIsAskedForIn256s) {
  std::vector<wire::LfsObject> objects;
  std::string rows[2];
  for (std::size_t i = 0; i < 300; ++i) {
    const std::string oid = std::string(61, 'a') + std::to_string(100 + i);
    objects.push_back({oid, i});
    std::string& page = rows[i / 256];
    page += (page.empty() ? "" : ",") + std::string(R"({"oid":")") + oid + "\"}";
  }
  Scripted hub(
      {answer(200, R"({"objects":[)" + rows[0] + "]}"), answer(200, R"({"objects":[)" + rows[1] + "]}")});
  const auto answers = hub.client().lfs_batch(kRepo, "main", objects);
  ASSERT_TRUE(answers) << describe(answers.error());
  EXPECT_EQ(hub.requests(), 2u);
  ASSERT_EQ(answers->size(), 300u);
  EXPECT_EQ(answers->back().size, 299u);
}

TEST(ClientRefs, SettingsAndFactsOfARepository) {
  Scripted hub({answer(200), answer(200),
                answer(200, R"({"id":"me/tiny","sha":"abc","private":true,)"
                            R"("gated":"manual","disabled":true})")});
  ASSERT_TRUE(hub.client().set_gated(kRepo, wire::Gated::kAuto));
  EXPECT_EQ(hub.line(0), "PUT /api/models/me/tiny/settings");
  EXPECT_EQ(hub.body(0), R"({"gated":"auto"})");
  ASSERT_TRUE(hub.client().set_gated(kRepo, wire::Gated::kNo));
  EXPECT_EQ(hub.body(1), R"({"gated":false})");
  const auto info = hub.client().repo_info(kRepo, "main").value();
  ASSERT_TRUE(info);
  EXPECT_TRUE(info->is_private);
  EXPECT_TRUE(info->disabled);
  EXPECT_EQ(info->gated, wire::Gated::kManual);
}

}  // namespace
}  // namespace slipway::hub
