#include "hub/client.h"

#include <gtest/gtest.h>

#include "hub/client_test_support.h"
#include "os/loop_transport.h"
#include "slipway/content.h"

namespace slipway::hub {
namespace {

TEST(Client, RetriesWhatPassesWithGrowingWaitsAndThenGivesUp) {
  Scripted hub({answer(503)});
  EXPECT_EQ(hub.client().whoami().error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(hub.requests(), 6u);
  ASSERT_EQ(hub.waits().size(), 5u);
  const std::int64_t wholes[] = {1000, 2000, 4000, 8000, 8000};
  for (std::size_t i = 0; i < 5; ++i) {
    EXPECT_GE(hub.waits()[i].count(), wholes[i] / 2);
    EXPECT_LE(hub.waits()[i].count(), wholes[i]);
  }
}

TEST(Client, GoesOnAfterACutAnswer) {
  Scripted hub({kNoAnswer, answer(500), answer(200, R"({"name":"me"})")});
  EXPECT_EQ(hub.client().whoami()->name, "me");
  EXPECT_EQ(hub.requests(), 3u);
}

TEST(Client, WaitsAsLongAsTheServerAsks) {
  Scripted hub({answer(429, "{}", {{"Retry-After", "7"}}),
                answer(429, "{}", {{"RateLimit", "\"api\";r=0;t=30"}}), answer(200, R"({"name":"me"})")});
  EXPECT_TRUE(hub.client().whoami());
  EXPECT_EQ(hub.waits(), (std::vector<os::Millis>{os::Millis(8000), os::Millis(31000)}));
}

TEST(Client, NeverSendsACommitTwice) {
  for (const Mishap& failure : {kNoAnswer, answer(500), answer(504)}) {
    Scripted hub({failure});
    EXPECT_FALSE(hub.client().commit(kRepo, "main", {.summary = "x"}));
    EXPECT_EQ(hub.requests(), 1u);
    EXPECT_TRUE(hub.waits().empty());
  }
}

struct Refused {
  Mishap answer;
  ErrorCode code;
  std::string named;
};

TEST(Client, SaysWhatARefusalMeansAndWhatToDo) {
  const Refused rows[] = {
      {answer(401), ErrorCode::kUnauthorized, "HF_TOKEN"},
      {answer(403, R"({"error":"no rights"})"), ErrorCode::kUnauthorized, "no rights"},
      {answer(404, "{}", {{"X-Error-Message", "Repository not found"}}), ErrorCode::kNotFound,
       "Repository not found"},
      {answer(412), ErrorCode::kConflict, "--replan"},
      {answer(400, R"({"errors":[{"message":"\"license\" is wrong"}]})"), ErrorCode::kRefused,
       "\"license\" is wrong"},
      {answer(413), ErrorCode::kRefused, "413"},
      {answer(200, "<html>"), ErrorCode::kProtocol, "may not be a Hub"},
      {answer(302), ErrorCode::kProtocol, "may not be a Hub"},
  };
  for (const Refused& row : rows) {
    Scripted hub({row.answer});
    const auto result = hub.client().commit(kRepo, "main", {.summary = "x"});
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, row.code) << result.error().message;
    EXPECT_NE(result.error().message.find(row.named), std::string::npos) << result.error().message;
    EXPECT_NE(result.error().message.find("me/tiny"), std::string::npos) << result.error().message;
    EXPECT_EQ(result.error().message.find("hf_secret"), std::string::npos);
    EXPECT_EQ(result.error().message.find('\n'), std::string::npos);
  }
}

TEST(Client, TheTokenGoesToTheEndpointAlone) {
  const wire::LfsAnswer elsewhere{
      .oid = "x",
      .size = 3,
      .upload = wire::LfsAction{.href = "https://storage.test/put", .header = {{"X-Part", "1"}}}};
  Scripted hub({answer(200)});
  ASSERT_TRUE(hub.client().lfs_put(elsewhere, 0, *literal_content("abc"), [](std::uint64_t) {}));
  EXPECT_FALSE(hub.transport().requests()[0].authorized);
  EXPECT_EQ(hub.last().headers.find("X-Part"), "1");
  (void)hub.client().whoami().has_value();
  EXPECT_TRUE(hub.transport().requests()[1].authorized);
}

TEST(Client, ATokenThatCannotBeSentIsRefusedBeforeAnythingIs) {
  Scripted hub({answer(200)}, "https://hub.test", "hf_a\r\nX-Evil: 1");
  EXPECT_EQ(hub.client().whoami().error().code, ErrorCode::kUnauthorized);
  EXPECT_EQ(hub.requests(), 0u);
}

TEST(Client, KnowsAbsentFromRefused) {
  Scripted absent({answer(404, "{}", {{"X-Error-Code", "RevisionNotFound"}})});
  EXPECT_EQ(absent.client().repo_info(kRepo, "dev").value(), std::nullopt);
  EXPECT_EQ(absent.client().fetch_text(kRepo, "main", "x", 10).value(), std::nullopt);
  EXPECT_EQ(absent.client().repo_exists(kRepo).value(), false);
  Scripted refused({answer(401)});
  EXPECT_EQ(refused.client().repo_info(kRepo, "dev").error().code, ErrorCode::kUnauthorized);
}

TEST(Client, ARepositoryThatIsThereIsNoFailure) {
  Scripted hub({answer(409)});
  EXPECT_EQ(hub.client().create_repo(kRepo, true).value(), false);
  EXPECT_TRUE(hub.client().create_branch(kRepo, "dev"));
}

TEST(Client, FollowsPagesOfATreeButNeverToAnotherHost) {
  const std::string page =
      R"([{"type":"file","path":"a","size":1,"oid":"x"},{"type":"directory","path":"d","oid":"y"}])";
  Scripted hub({answer(200, page, {{"Link", "<https://hub.test/next>; rel=\"next\""}}),
                answer(200, page, {{"Link", "<https://evil.test/next>; rel=\"next\""}})});
  const auto tree = hub.client().tree(kRepo, "main");
  ASSERT_FALSE(tree);  // half of a tree would be taken for the whole
  EXPECT_EQ(tree.error().code, ErrorCode::kProtocol);
  EXPECT_NE(tree.error().message.find("https://evil.test"), std::string::npos);
  EXPECT_EQ(hub.requests(), 2u);
  Scripted again(
      {answer(200, page, {{"Link", "<https://huggingface.co/next?a>; rel=\"next\""}}), answer(200, page)});
  EXPECT_EQ(again.client().tree(kRepo, "main")->size(), 2u);
  EXPECT_EQ(again.line(1), "GET /next?a");
}

TEST(Client, PagesGoOnBesideTheOneThatNamesThem) {
  const std::string page = R"([{"type":"file","path":"a","size":1,"oid":"x"}])";
  for (const auto& [link, next] : std::vector<std::pair<std::string, std::string>>{
           {"?cursor=2", "/hub/api/models/me/tiny/tree/main?cursor=2"},
           {"more", "/hub/api/models/me/tiny/tree/more"},
           {"/hub/api/more", "/hub/api/more"},
           {"https://huggingface.co/api/more", "/hub/api/more"}}) {
    Scripted hub({answer(200, page, {{"Link", "<" + link + ">; rel=\"next\""}}), answer(200, page)},
                 "https://proxy.test/hub");
    EXPECT_EQ(hub.client().tree(kRepo, "main")->size(), 2u) << link;
    EXPECT_EQ(hub.line(1), "GET " + next) << link;
  }
}

TEST(Client, AddressesOfAnAnswerAreReadWhereItWasAsked) {
  const std::string oid(64, 'a');
  const auto batch = [&](const std::string& upload) {
    return answer(200, R"({"objects":[{"oid":")" + oid + R"(","size":2,"actions":{"upload":)" + upload +
                           R"(,"verify":{"href":"../../../lfs/verify"}}}]})");
  };
  Scripted hub(
      {batch(R"({"href":"put?sig=1","header":{"chunk_size":"1","1":"one","2":"/two"}})"),
       answer(200, R"({"success":true,"commitOid":"c","commitUrl":"../../../../../me/tiny/commit/c"})")},
      "https://proxy.test/hub");
  const wire::LfsAnswer got = hub.client().lfs_batch(kRepo, "main", {{oid, 2}})->front();
  const std::string objects = "https://proxy.test/hub/me/tiny.git/info/lfs/objects/";
  EXPECT_EQ(got.upload->href, objects + "put?sig=1");
  EXPECT_EQ(got.verify->href, "https://proxy.test/hub/me/tiny.git/lfs/verify");
  EXPECT_EQ(got.parts->urls, (std::vector<std::string>{objects + "one", "https://proxy.test/two"}));
  EXPECT_EQ(hub.client().commit(kRepo, "main", {.summary = "s"})->commit_url,
            "https://proxy.test/hub/me/tiny/commit/c");
}

TEST(Client, ATokenOfDotsEndsNoMessageInALoop) {
  for (const char* token : {".", "..", "..."}) {
    Scripted hub({answer(404, R"({"error":"a...b"})")});
    os::World world = hub.parts().world();
    Client client(world, {.endpoint = "https://hub.test", .token = Secret(token)});
    EXPECT_FALSE(client.whoami());
  }
}

TEST(Client, TellsOfLongWaitsOfANewNameAndOnceOfAWarning) {
  const os::Headers warning{{"X-HF-Warning", "old; use a newer client"}};
  Scripted hub({answer(503, "{}", {{"Retry-After", "1"}}), answer(429, "{}", {{"Retry-After", "30"}}),
                answer(200, R"({"name":"me"})", warning), answer(200, R"({"name":"me"})", warning)});
  std::vector<std::string> told;
  os::World world = hub.parts().world();
  Client client(world, {.endpoint = "https://hub.test",
                        .tell = [&](std::string_view text) { told.emplace_back(text); }});
  ASSERT_TRUE(client.whoami());
  ASSERT_TRUE(client.whoami());
  EXPECT_EQ(told, (std::vector<std::string>{"your account: the server answered 429; trying again in 31 s",
                                            "https://hub.test says: use a newer client"}));
}

TEST(Client, ACardsErrorsAreAllTold) {
  const std::string errors = R"({"errors":[{"message":"e1"},{"message":"e2"}],"warnings":[{"message":"w"}]})";
  for (const int status : {200, 400}) {
    Scripted hub({answer(status, errors)});
    const auto verdict = hub.client().validate_card("x");
    ASSERT_FALSE(verdict);
    EXPECT_EQ(verdict.error().code, ErrorCode::kRefused);
    EXPECT_NE(verdict.error().message.find("e1; e2"), std::string::npos) << verdict.error().message;
  }
  Scripted hub({answer(200, R"({"errors":[],"warnings":[{"message":"w"}]})")});
  EXPECT_EQ(hub.client().validate_card("x").value(), std::vector<std::string>{"w"});
}

TEST(Client, ASafeWriteIsSentAgainAndAnUnsafeOneOnlyWhenItWasNotDone) {
  const std::string files = R"({"files":[{"path":"a","uploadMode":"lfs"}]})";
  Scripted safe({kNoAnswer, answer(503), answer(200, files)});
  EXPECT_TRUE(safe.client().preupload(kRepo, "main", {{.path = "a"}}));
  const std::string made = R"({"commitOid":"c","commitUrl":"u"})";
  Scripted limited({answer(429), answer(200, made)});
  EXPECT_TRUE(limited.client().commit(kRepo, "main", {.summary = "x"}));
  Scripted removed({answer(503)}), moved({answer(503)}), created({answer(503)});
  EXPECT_FALSE(removed.client().delete_repo(kRepo));
  EXPECT_FALSE(moved.client().move_repo(kRepo, {"me", "new"}));
  EXPECT_FALSE(created.client().create_repo(kRepo, true));
  for (const Scripted* unsafe : {&removed, &moved, &created}) EXPECT_EQ(unsafe->requests(), 1u);
}

TEST(Client, ATokenIsMadeAnewWhereThatHubMakesThem) {
  for (const auto& [endpoint, desk] :
       {std::pair{"https://huggingface.co", "https://huggingface.co/settings/tokens"},
        {"https://hub.test", "slipway hub token create"}}) {
    Scripted hub({answer(401)}, endpoint);
    const auto refused = hub.client().whoami();
    EXPECT_NE(refused.error().message.find(desk), std::string::npos) << refused.error().message;
  }
}

TEST(Client, AServerThatRepeatsTheTokenDoesNotPutItIntoAMessage) {
  Scripted hub({answer(403, R"({"error":"token hf_secret may not"})")});
  const auto done = hub.client().delete_repo(kRepo);
  EXPECT_EQ(done.error().message.find("hf_secret"), std::string::npos) << done.error().message;
  // Nor when it stands in a reply that is malformed.
  Scripted odd({answer(200, R"({"transfer":"hf_secret\nx","objects":[]})")});
  const std::string said = odd.client().lfs_batch(kRepo, "main", {{std::string(64, 'a'), 1}}).error().message;
  EXPECT_NE(said.find("the transfer"), std::string::npos) << said;
  EXPECT_EQ(said.find("hf_secret"), std::string::npos) << said;
  EXPECT_EQ(said.find('\n'), std::string::npos) << said;
}

TEST(Client, EveryAskedPathMustComeBack) {
  Scripted hub({answer(200, R"({"files":[{"path":"other","uploadMode":"lfs","shouldIgnore":false}]})")});
  EXPECT_EQ(hub.client().preupload(kRepo, "main", {{.path = "a"}}).error().code, ErrorCode::kProtocol);
}

TEST(Client, AnObjectTheHubRefusesIsNamed) {
  const std::string oid(64, 'a');
  Scripted hub({answer(
      200, R"({"objects":[{"oid":")" + oid + R"(","size":1,"error":{"code":507,"message":"quota"}}]})")});
  const auto result = hub.client().lfs_batch(kRepo, "main", {{oid, 1}});
  ASSERT_FALSE(result);
  EXPECT_NE(result.error().message.find("quota"), std::string::npos);
}

// Serves ten bytes, cutting every answer after three.
class CutAfterThree : public os::HttpHandler {
 public:
  void handle(const os::RequestHead& head, os::BodyReader&, os::ResponseWriter& out) override {
    const std::string range = head.headers.find("Range").value_or("bytes=0-");
    const std::size_t from = std::stoul(range.substr(6));
    const std::string rest = std::string("0123456789").substr(from);
    os::Headers headers{{"X-Repo-Commit", "c"}, {"ETag", "\"e\""}};
    if (from > 0) headers.add("Content-Range", "bytes " + std::to_string(from) + "-9/10");
    (void)out.begin(from > 0 ? 206 : 200, headers, rest.size());
    (void)out.write(as_bytes(rest.substr(0, 3)));
  }
};

TEST(Client, ADownloadGoesOnWhereItWasCut) {
  CutAfterThree handler;
  os::LoopTransport loop(handler);
  os::TestWorld parts(&loop);
  os::World world = parts.world();
  Client client(world, {.endpoint = "http://hub.test"});
  std::string got;
  const auto done = client.download(kRepo, "main", "f", {}, [&](Bytes bytes) -> Result<void> {
    got.append(as_text(bytes));
    return {};
  });
  ASSERT_TRUE(done) << describe(done.error());
  EXPECT_EQ(got, "0123456789");
  EXPECT_EQ(parts.transport.requests().size(), 4u);
}

TEST(Client, TellsOnceHowMuchOfAnObjectHasGoneAlsoWhenItIsSentAgain) {
  Scripted hub({answer(503), answer(200)});
  const wire::LfsAnswer where{
      .oid = std::string(64, 'a'), .size = 3, .upload = wire::LfsAction{.href = "https://storage.test/put"}};
  std::uint64_t told = 0;
  ASSERT_TRUE(
      hub.client().lfs_put(where, 0, *literal_content("abc"), [&](std::uint64_t bytes) { told += bytes; }));
  EXPECT_EQ(hub.requests(), 2u);
  EXPECT_EQ(told, 3u);
}

}  // namespace
}  // namespace slipway::hub
