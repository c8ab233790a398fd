#include "hub/wire/pull_request.h"

#include <gtest/gtest.h>

namespace slipway::hub::wire {
namespace {

json::Value parsed(std::string_view text) { return json::parse(text).value(); }

TEST(PullRequestWire, ADiscussionReadsBackAsItWasWritten) {
  const OpenDiscussion sent{.title = "t", .description = "d", .pull_request = true};
  const auto got = read_open_discussion(write_open_discussion(sent));
  ASSERT_TRUE(got);
  EXPECT_EQ(got->title, "t");
  EXPECT_EQ(got->description, "d");
  EXPECT_TRUE(got->pull_request);
  EXPECT_FALSE(read_open_discussion(parsed(R"({"title":"t"})"))->pull_request);
  EXPECT_FALSE(read_open_discussion(parsed(R"({"description":"t"})")));
}

TEST(PullRequestWire, DetailsAreReadWithoutTheKeysThatNobodyNeeds) {
  const auto read = read_pull_request(parsed(
      R"({"num":7,"title":"x","status":"merged","changes":{"base":"refs/heads/main","mergeCommitId":"abc"}})"));
  ASSERT_TRUE(read) << describe(read.error());
  EXPECT_EQ(read->number, 7u);
  EXPECT_EQ(read->status, DiscussionStatus::kMerged);
  EXPECT_EQ(read->base, "refs/heads/main");
  EXPECT_EQ(read->merge_commit, "abc");
  EXPECT_EQ(read->author, "");
  EXPECT_TRUE(read_pull_request(parsed(R"({"num":7,"status":"draft"})")));
  EXPECT_EQ(read_pull_request(parsed(R"({"num":7,"status":"draft","author":{"name":"me"}})"))->author, "me");
  EXPECT_EQ(read_pull_request(parsed(R"({"num":7,"status":"draft","author":"me"})"))->author, "");
}

TEST(PullRequestWire, ConflictsAreAListOrAWord) {
  const auto conflicts = [](const std::string& value) {
    return read_conflicts(parsed(R"({"filesWithConflicts":)" + value + "}"));
  };
  EXPECT_EQ(conflicts(R"(["a",1,"b"])").paths, (std::vector<std::string>{"a", "b"}));
  EXPECT_TRUE(conflicts(R"(["a"])").any && conflicts("true").any);
  for (const char* none : {"[]", "false", "null", "{}"}) EXPECT_FALSE(conflicts(none).any) << none;
  EXPECT_FALSE(read_conflicts(parsed("{}")).any);
}

TEST(PullRequestWire, MalformedDetailsNameTheField) {
  for (const auto& [text, field] : {std::pair{R"({"status":"draft"})", "'num'"},
                                    {R"({"num":"7","status":"draft"})", "'num'"},
                                    {R"({"num":7})", "'status'"},
                                    {R"({"num":7,"status":"odd"})", "'status'"}}) {
    const auto read = read_pull_request(parsed(text));
    ASSERT_FALSE(read) << text;
    EXPECT_EQ(read.error().code, ErrorCode::kProtocol);
    EXPECT_NE(read.error().message.find(field), std::string::npos) << read.error().message;
  }
  EXPECT_FALSE(read_pull_request(parsed(R"({"num":7,"status":"open","isPullRequest":false})")));
}

TEST(PullRequestWire, NumbersAreReadFromRefsAndAddresses) {
  EXPECT_EQ(pull_request_ref(12), "refs/pr/12");
  EXPECT_EQ(pull_request_of_ref("refs/pr/12"), 12u);
  for (const char* ref : {"main", "refs/pr/", "refs/pr/x", "refs/pr/1/2", "refs/heads/refs/pr/1"})
    EXPECT_EQ(pull_request_of_ref(ref), std::nullopt) << ref;
  EXPECT_EQ(pull_request_of_url("https://hub.test/me/tiny/discussions/3"), 3u);
  for (const char* url : {"https://hub.test/me/tiny", "https://hub.test/me/tiny/discussions/", "3"})
    EXPECT_EQ(pull_request_of_url(url), std::nullopt) << url;
}

TEST(PullRequestWire, TagsAndBranchesLeaveOutWhatIsEmpty) {
  EXPECT_EQ(json::print_compact(write_new_tag({.tag = "v1"})), R"({"tag":"v1"})");
  EXPECT_EQ(json::print_compact(write_new_tag({.tag = "v1", .message = "m"})),
            R"({"tag":"v1","message":"m"})");
  EXPECT_EQ(json::print_compact(write_new_branch("")), "{}");
  EXPECT_EQ(read_new_branch(write_new_branch("v1")).value(), "v1");
  EXPECT_EQ(read_new_tag(write_new_tag({.tag = "v1", .message = "m"}))->message, "m");
  EXPECT_FALSE(read_new_tag(parsed("{}")));
}

}  // namespace
}  // namespace slipway::hub::wire
