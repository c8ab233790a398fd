#include "flow/commit_surely.h"

#include <gtest/gtest.h>

#include "os/recording_transport.h"
#include "os/test_world.h"

namespace slipway::flow {
namespace {

using os::Mishap;

const std::string kHead(40, '1'), kMade(40, '2');

Mishap answer(int status, std::string body = "{}", os::Headers headers = {}) {
  return {.kind = Mishap::Kind::kStatus,
          .status = status,
          .body = std::move(body),
          .headers = std::move(headers)};
}
const Mishap kLost{.kind = Mishap::Kind::kNoAnswer};
const Mishap kCommitted = answer(200, R"({"commitOid":")" + kMade + R"(","commitUrl":"u"})");
const Mishap kHistoryWithout = answer(200, R"([{"id":")" + kHead + R"(","title":"t","message":""}])");
const Mishap kHistoryWith = answer(200, R"([{"id":")" + kMade +
                                            R"(","title":"t","message":"Slipway-Plan: p"},)"
                                            R"({"id":")" +
                                            kHead + R"(","title":"t"}])");

struct Outcome {
  Result<SureCommit> result;
  std::size_t commits;
};

Outcome run(std::vector<Mishap> answers) {
  os::TestWorld parts;
  os::World world = parts.world();
  std::size_t commits = 0;
  parts.transport.set_script([&](const os::HttpRequest& request, std::size_t index) {
    if (request.url.find("/commit/") != std::string::npos) ++commits;
    return answers[std::min(index, answers.size() - 1)];
  });
  hub::Client client(world, {.endpoint = "https://hub.test"});
  auto result =
      commit_surely(world, client, {"me", "tiny"}, "main", {.summary = "s", .parent_commit = kHead}, "p");
  return {std::move(result), commits};
}

TEST(CommitSurely, ALostAnswerIsLookedUpBeforeAnythingIsSentAgain) {
  const Outcome found = run({kLost, kHistoryWith});
  ASSERT_TRUE(found.result) << describe(found.result.error());
  EXPECT_EQ(found.result->commit, kMade);
  EXPECT_TRUE(found.result->looked_up);
  EXPECT_EQ(found.commits, 1u);
  const Outcome again = run({answer(504), kHistoryWithout, kCommitted});
  ASSERT_TRUE(again.result);
  EXPECT_EQ(again.commits, 2u);
}

TEST(CommitSurely, ABranchThatOurOwnLostCommitMovedIsNoConflict) {
  const Outcome done = run({kLost, answer(404, R"({"error":"x"})"), answer(412), kHistoryWith});
  ASSERT_TRUE(done.result) << describe(done.result.error());
  EXPECT_EQ(done.result->commit, kMade);
  const Outcome moved = run({answer(412)});
  EXPECT_EQ(moved.result.error().code, ErrorCode::kConflict);
  EXPECT_EQ(moved.commits, 1u);
  const Outcome others = run({kLost, kHistoryWithout, answer(412), kHistoryWithout});
  EXPECT_EQ(others.result.error().code, ErrorCode::kConflict);
}

TEST(CommitSurely, ACommitWithOurMarkThatIsNotRightOnOurParentIsSomebodyElses) {
  const std::string marked = R"({"id":")" + kMade + R"(","title":"t","message":"Slipway-Plan: p"})";
  const std::string plain = R"({"id":")" + std::string(40, '3') + R"(","title":"t","message":""})";
  const std::string parent = R"({"id":")" + kHead + R"(","title":"t","message":""})";
  for (const std::string& rows : {marked + "," + plain + "," + parent, marked + "," + plain}) {
    const Outcome other = run({answer(412), answer(200, "[" + rows + "]")});
    ASSERT_FALSE(other.result) << rows;
    EXPECT_EQ(other.result.error().code, ErrorCode::kConflict);
  }
  const Outcome under = run({answer(412), answer(200, "[" + plain + "," + marked + "," + parent + "]")});
  ASSERT_TRUE(under.result) << describe(under.result.error());  // somebody went on from it
  EXPECT_EQ(under.result->commit, kMade);
}

TEST(CommitSurely, ARateLimitIsWaitedForWithoutLookingUp) {
  const Outcome done = run({answer(429, "{}", {{"Retry-After", "2"}}), kCommitted});
  ASSERT_TRUE(done.result);
  EXPECT_EQ(done.commits, 2u);
}

TEST(CommitSurely, ARefusalIsFinalAndAnAnswerThatIsNoneIsLookedUp) {
  const Outcome refused = run({answer(400, R"({"error":"bad card"})")});
  EXPECT_EQ(refused.result.error().code, ErrorCode::kRefused);
  EXPECT_EQ(refused.commits, 1u);
  const Outcome odd = run({answer(200, "<html>"), kHistoryWith});
  ASSERT_TRUE(odd.result);
  EXPECT_EQ(odd.commits, 1u);
}

}  // namespace
}  // namespace slipway::flow
