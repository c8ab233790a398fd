// Discussions and pull requests of the embedded Hub, asked as stock clients ask.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/server_ground.h"

namespace slipway::server {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::ServerTest;

class PullRequestTest : public ServerTest {
 protected:
  PullRequestTest() {
    create("me", "tiny");
    EXPECT_EQ(commit("me/tiny", header() + file("a", "1") + file("b", "1")), 200);
  }

  json::Value posted(const std::string& what, const std::string& body) {
    const auto reply = ask("POST", "/api/models/me/tiny/discussions" + what, body);
    EXPECT_EQ(reply.response.status, 200) << what << reply.body;
    return parsed(reply);
  }
  int change(const std::string& what, const std::string& body = "") {
    return status("POST", "/api/models/me/tiny/discussions/" + what, body);
  }
  json::Value details(int num) {
    return parsed(ask("GET", "/api/models/me/tiny/discussions/" + std::to_string(num) + "?diff=1"));
  }
  std::string status_of(int num) { return details(num).find("status")->string(); }
  std::vector<std::string> events(int num) {
    std::vector<std::string> kinds;
    const json::Value row = details(num);
    for (const json::Value& event : row.find("events")->items())
      kinds.push_back(event.find("type")->string());
    return kinds;
  }
  std::vector<std::string> conflicts(int num) {
    std::vector<std::string> paths;
    const json::Value row = details(num);
    for (const json::Value& path : row.find("filesWithConflicts")->items()) paths.push_back(path.string());
    return paths;
  }
  // A pull request by one commit.
  json::Value propose(const std::string& lines, const std::string& parent = "") {
    const auto reply = ask("POST", "/api/models/me/tiny/commit/main?create_pr=1", header(parent) + lines);
    EXPECT_EQ(reply.response.status, 200) << reply.body;
    return parsed(reply);
  }
  std::string content(const std::string& path, const std::string& revision = "main") {
    return ask("GET", "/me/tiny/resolve/" + revision + "/" + path).body;
  }
};

TEST_F(PullRequestTest, ADiffLeavesNoFileOutHoweverLargeItIs) {
  std::string lines;
  for (int i = 0; i < 8; ++i) lines += file(fmt::format("large{}", i), std::string(200'000, 'x'));
  propose(lines + file("z", "1"));
  const std::string diff = details(1).find("diff")->string();
  EXPECT_LT(diff.size(), 1'500'000u);
  EXPECT_THAT(diff, HasSubstr("+++ b/large0\n"));
  EXPECT_THAT(diff, HasSubstr("Binary files /dev/null and b/large7 differ\n"));
  EXPECT_THAT(diff, HasSubstr("Binary files /dev/null and b/z differ\n"));
}

TEST_F(PullRequestTest, ACommitMayOpenOneAndItsMergeIsOneCommit) {
  const std::string before = head("me/tiny");
  const json::Value made = propose(file("a", "2"));
  EXPECT_EQ(made.find("pullRequestUrl")->string(), "http://hub.test/me/tiny/discussions/1");
  EXPECT_EQ(head("me/tiny"), before);
  EXPECT_EQ(head("me/tiny", "refs%2Fpr%2F1"), made.find("commitOid")->string());
  EXPECT_EQ(content("a", "refs%2Fpr%2F1"), "2");
  EXPECT_EQ(commit("me/tiny", header(made.find("commitOid")->string()) + file("c", "1"), "refs%2Fpr%2F1"),
            200);
  const json::Value open = details(1);
  EXPECT_EQ(open.find("status")->string(), "open");
  EXPECT_EQ(open.find("title")->string(), "a change");
  EXPECT_EQ(open.find("author")->find("name")->string(), "local");
  EXPECT_EQ(open.find("repo")->find("name")->string(), "me/tiny");
  EXPECT_EQ(open.find("changes")->find("base")->string(), "refs/heads/main");
  EXPECT_EQ(open.find("changes")->find("mergeCommitId"), nullptr);
  EXPECT_EQ(change("1/merge"), 200);
  EXPECT_EQ(details(1).find("changes")->find("mergeCommitId")->string(), head("me/tiny"));
  EXPECT_THAT(events(1), ElementsAre("comment", "commit", "commit", "status-change"));
  EXPECT_EQ(content("a") + content("b") + content("c"), "211");
  const json::Value history = parsed(ask("GET", "/api/models/me/tiny/commits/main"));
  EXPECT_EQ(history.items()[0].find("title")->string(), "a change (#1)");
  EXPECT_THAT(history.items()[0].find("message")->string(),
              HasSubstr("- a change (" + made.find("commitOid")->string()));
  EXPECT_EQ(history.items()[1].find("id")->string(), before);
  EXPECT_EQ(change("1/merge"), 400);  // it is merged
  EXPECT_EQ(commit("me/tiny", header() + file("d", "1"), "refs%2Fpr%2F1"), 403);
}

TEST_F(PullRequestTest, ADraftBeginsAtTheHeadAndIsOpenedBeforeItIsMerged) {
  const std::string before = head("me/tiny");
  EXPECT_EQ(posted("", R"({"title":"mine","description":"why","pullRequest":true})").find("num")->as_int(),
            1);
  EXPECT_EQ(status_of(1), "draft");
  EXPECT_EQ(head("me/tiny", "refs%2Fpr%2F1"), before);
  EXPECT_EQ(status("POST", "/api/models/me/tiny/preupload/refs%2Fpr%2F1", R"({"files":[]})"), 200);
  EXPECT_EQ(commit("me/tiny", header() + file("a", "2"), "refs%2Fpr%2F1"), 200);
  EXPECT_EQ(change("1/merge"), 400);
  EXPECT_EQ(
      posted("/1/status", R"({"status":"open"})").find("newStatus")->find("data")->find("status")->string(),
      "open");
  EXPECT_EQ(change("1/merge", R"({"comment":"well done"})"), 200);
  EXPECT_EQ(content("a"), "2");
  EXPECT_THAT(events(1), ElementsAre("comment", "commit", "status-change", "comment", "status-change"));
}

TEST_F(PullRequestTest, ABranchThatMovedIsMergedByPath) {
  const std::string before = head("me/tiny");
  propose(file("a", "2") + line("deletedFile", json::Value::object({{"path", "b"}})));
  EXPECT_EQ(commit("me/tiny", header() + file("new", "1")), 200);
  propose(file("new", "other") + file("more", "1"), before);  // begins where the branch was
  EXPECT_THAT(conflicts(1), IsEmpty());
  EXPECT_THAT(conflicts(2), ElementsAre("new"));
  const auto refused_merge = ask("POST", "/api/models/me/tiny/discussions/2/merge");
  EXPECT_EQ(refused_merge.response.status, 409);
  EXPECT_EQ(parsed(refused_merge).find("filesWithConflicts")->items()[0].string(), "new");
  EXPECT_EQ(status_of(2), "open");
  EXPECT_EQ(change("1/merge"), 200);
  EXPECT_EQ(content("a") + content("new"), "21");
  EXPECT_EQ(status("GET", "/me/tiny/resolve/main/b"), 404);
}

TEST_F(PullRequestTest, DiscussionsAreListedCommentedRenamedAndClosed) {
  posted("", R"({"title":"a question","description":"what?"})");
  propose(file("a", "2"));
  EXPECT_EQ(details(1).find("isPullRequest")->as_bool(), false);
  EXPECT_EQ(change("1/merge"), 400);
  EXPECT_EQ(posted("/1/comment", R"({"comment":"this"})")
                .find("newMessage")
                ->find("data")
                ->find("latest")
                ->find("raw")
                ->string(),
            "this");
  const json::Value renamed = posted("/1/title", R"({"title":"an answer"})");
  EXPECT_EQ(renamed.find("newTitle")->find("data")->find("from")->string(), "a question");
  EXPECT_EQ(change("1/status", R"({"status":"closed","comment":"done"})"), 200);
  EXPECT_THAT(events(1), ElementsAre("comment", "comment", "title-change", "comment", "status-change"));
  const auto listed = [&](const std::string& query) {
    std::vector<std::int64_t> nums;
    const json::Value page = parsed(ask("GET", "/api/models/me/tiny/discussions" + query));
    EXPECT_EQ(page.find("count")->as_uint(), page.find("discussions")->items().size());
    for (const json::Value& row : page.find("discussions")->items())
      nums.push_back(*row.find("num")->as_int());
    return nums;
  };
  EXPECT_THAT(listed(""), ElementsAre(2, 1));
  EXPECT_THAT(listed("?p=0&type=pull_request"), ElementsAre(2));
  EXPECT_THAT(listed("?type=discussion&status=closed"), ElementsAre(1));
  EXPECT_THAT(listed("?status=open&author=local"), ElementsAre(2));
  EXPECT_THAT(listed("?author=nobody"), IsEmpty());
  EXPECT_EQ(status("GET", "/api/models/me/tiny/discussions/9?diff=1"), 404);
  EXPECT_EQ(change("1/status", R"({"status":"merged"})"), 400);
  EXPECT_EQ(change("1/comment"), 400);
}

TEST_F(PullRequestTest, RefsOfPullRequestsStandApartAndAreNobodysBranches) {
  propose(file("a", "2"));
  const auto names = [](const json::Value& refs, const char* key) {
    std::vector<std::string> rows;
    for (const json::Value& ref : refs.find(key)->items()) rows.push_back(ref.find("ref")->string());
    return rows;
  };
  const json::Value refs = parsed(ask("GET", "/api/models/me/tiny/refs?include_prs=1"));
  EXPECT_THAT(names(refs, "branches"), ElementsAre("refs/heads/main"));
  EXPECT_THAT(names(refs, "pullRequests"), ElementsAre("refs/pr/1"));
  EXPECT_EQ(parsed(ask("GET", "/api/models/me/tiny/refs")).find("pullRequests"), nullptr);
  EXPECT_EQ(status("POST", "/api/models/me/tiny/branch/refs%2Fpr%2F2"), 400);
  EXPECT_EQ(status("DELETE", "/api/models/me/tiny/branch/refs%2Fpr%2F1"), 403);
  EXPECT_EQ(commit("me/tiny", header() + file("a", "3"), "refs%2Fpr%2F2"), 404);
  EXPECT_EQ(status("POST", "/api/models/me/tiny/commit/refs%2Fpr%2F1?create_pr=1", header() + file("a", "3")),
            400);
}

TEST_F(PullRequestTest, WhoMayOnlyProposeCannotMerge) {
  create("me", "open");
  const std::string owner = make_token("me", "write");
  const std::string guest = make_token("guest", "write");
  const std::string reader = make_token("reader", "read");
  const std::string open_url = "/api/models/me/tiny/commit/main?create_pr=1";
  EXPECT_EQ(status("POST", open_url, header() + file("a", "2")), 401);
  token_ = reader;
  EXPECT_EQ(status("POST", open_url, header() + file("a", "2")), 403);
  token_ = guest;
  EXPECT_EQ(commit("me/tiny", header() + file("a", "2")), 403);
  EXPECT_EQ(status("POST", "/api/models/me/tiny/preupload/main?create_pr=1", R"({"files":[]})"), 200);
  store("me/tiny", "weights");
  EXPECT_EQ(status("POST", open_url, header() + lfs("w.bin", "weights")), 200);
  EXPECT_EQ(commit("me/tiny", header() + file("a", "3"), "refs%2Fpr%2F1"), 200);
  EXPECT_EQ(change("1/merge"), 403);
  EXPECT_EQ(change("1/title", R"({"title":"mine"})"), 200);
  token_ = make_token("another", "write");
  EXPECT_EQ(commit("me/tiny", header() + file("a", "4"), "refs%2Fpr%2F1"), 403);
  EXPECT_EQ(change("1/status", R"({"status":"closed"})"), 403);
  EXPECT_EQ(change("1/comment", R"({"comment":"hm"})"), 200);
  token_ = owner;
  EXPECT_EQ(change("1/merge"), 200);
  EXPECT_EQ(content("w.bin"), "weights");
}

TEST_F(PullRequestTest, TheDiffOfAGatedRepositoryIsForThoseWhoMayReadItsFiles) {
  propose(file("a", "2"));
  EXPECT_THAT(details(1).find("diff")->string(), HasSubstr("\n-1\n\\ No newline at end of file\n+2\n"));
  EXPECT_EQ(status("PUT", "/api/models/me/tiny/settings", R"({"gated":"auto"})"), 200);
  const std::string owner = make_token("me", "write");
  token_ = make_token("guest", "write");
  EXPECT_EQ(details(1).find("diff"), nullptr);
  token_ = owner;
  EXPECT_NE(details(1).find("diff"), nullptr);
}

TEST_F(PullRequestTest, PullRequestsOutliveARestartAndGoWithTheirRepository) {
  propose(file("a", "2"));
  hub_.restart();
  EXPECT_EQ(status_of(1), "open");
  EXPECT_EQ(status("DELETE", "/api/repos/delete", R"({"name":"tiny","organization":"me"})"), 200);
  create("me", "tiny");
  EXPECT_EQ(status("GET", "/api/models/me/tiny/discussions/1"), 404);
}

}  // namespace
}  // namespace slipway::server
