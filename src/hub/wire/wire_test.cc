#include <gtest/gtest.h>

#include "hub/wire/lfs_offer.h"
#include "hub/wire/types.h"

namespace slipway::hub::wire {
namespace {

json::Value parsed(std::string_view text) { return json::parse(text).value(); }

TEST(RepoId, FollowsTheHubsNameRules) {
  EXPECT_EQ(parse_repo_id("me/tiny-1.5_x")->full(), "me/tiny-1.5_x");
  for (const char* bad : {"", "me", "me/", "/x", "a/b/c", "me/x--y", "me/x..y", "me/.x", "me/x-", "me/x.git",
                          "m e/x", "me/\xC3\xA9"}) {
    EXPECT_FALSE(parse_repo_id(bad)) << bad;
  }
  EXPECT_FALSE(parse_repo_id("me/" + std::string(97, 'x')));
}

TEST(CommitLines, ReadBackWhatTheyWrite) {
  const std::string oid(64, 'b');
  CommitRequest sent{.summary = "s", .description = "d\nmore", .parent_commit = "abc"};
  sent.files.push_back({"a/b.json", std::string("\0\xFFtext", 6)});
  sent.lfs_files.push_back({"w.safetensors", oid, 5});
  sent.deleted_files = {"old"};
  sent.deleted_folders = {"gone"};
  CommitRequest got;
  std::string_view body = commit_body(sent);
  const std::string whole(commit_body(sent));
  for (body = whole; !body.empty();) {
    const std::size_t end = body.find('\n');
    ASSERT_TRUE(read_commit_line(body.substr(0, end), got));
    body.remove_prefix(end + 1);
  }
  EXPECT_EQ(got.summary, "s");
  EXPECT_EQ(got.description, "d\nmore");
  EXPECT_EQ(got.parent_commit, "abc");
  ASSERT_EQ(got.files.size(), 1u);
  EXPECT_EQ(got.files[0].content, sent.files[0].content);
  EXPECT_EQ(got.lfs_files[0].size, 5u);
  EXPECT_EQ(got.deleted_files, sent.deleted_files);
  EXPECT_EQ(got.deleted_folders, sent.deleted_folders);
}

TEST(CommitLines, AcceptEverySpellingOfStockClients) {
  CommitRequest request;
  const std::string oid(64, 'c');
  EXPECT_TRUE(read_commit_line(R"({"key":"file","value":{"path":"a","content":"plain"}})", request));
  EXPECT_TRUE(read_commit_line(
      R"({"key":"lfsFile","value":{"path":"w","algo":"sha256","oid":")" + oid + "\"}}", request));
  EXPECT_TRUE(read_commit_line(R"({"key":"deletedFolder","value":{"path":"d/"}})", request));
  EXPECT_EQ(request.files[0].content, "plain");
  EXPECT_EQ(request.lfs_files[0].size, std::nullopt);
  EXPECT_EQ(request.deleted_folders[0], "d");
}

TEST(CommitLines, RefusePathsThatLeaveTheRepository) {
  for (const char* path : {"../a", "/a", "a//b", "a/./b", "", ".git/config", "a/.git", "a\\\\b", "a/.."}) {
    CommitRequest request;
    EXPECT_FALSE(
        read_commit_line(std::string(R"({"key":"deletedFile","value":{"path":")") + path + "\"}}", request))
        << path;
  }
}

TEST(LfsAnswer, LeavesOutWhatMustBeAbsent) {
  const std::string text = json::print_compact(write_lfs_offers({{.oid = "x", .size = 1}}));
  EXPECT_EQ(text.find("actions"), std::string::npos);
  EXPECT_EQ(text.find("error"), std::string::npos);
  const auto back = read_lfs_answer(parsed(text));
  ASSERT_TRUE(back);
  EXPECT_FALSE((*back)[0].upload);
  EXPECT_FALSE(read_lfs_answer(parsed(R"({"transfer":"xet","objects":[]})")));
}

TEST(LfsPointer, IsGitLfsOwnAndNothingElseIsOne) {
  const std::string oid(64, 'd');
  const std::string pointer = lfs_pointer(oid, 42);
  EXPECT_EQ(pointer, "version https://git-lfs.github.com/spec/v1\noid sha256:" + oid + "\nsize 42\n");
  EXPECT_EQ(parse_lfs_pointer(pointer)->size, 42u);
  EXPECT_FALSE(parse_lfs_pointer(pointer + "x"));
  EXPECT_FALSE(parse_lfs_pointer(pointer.substr(0, pointer.size() - 1)));
  EXPECT_FALSE(parse_lfs_pointer("{}"));
}

TEST(CreateRepo, ReadsVisibilityInBothSpellings) {
  EXPECT_EQ(read_create_repo(parsed(R"({"name":"a","visibility":"private"})"))->is_private, true);
  EXPECT_EQ(read_create_repo(parsed(R"({"name":"a","private":true})"))->is_private, true);
  EXPECT_EQ(read_create_repo(parsed(R"({"name":"a","organization":null})"))->is_private, std::nullopt);
  EXPECT_FALSE(read_create_repo(parsed(R"({"organization":"a"})")));
}

}  // namespace
}  // namespace slipway::hub::wire
