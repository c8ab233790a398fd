// Who may name a large object: who may read it where it is, or has sent its bytes. Knowing a digest is not
// having the file.
#include <gtest/gtest.h>

#include "support/server_ground.h"

namespace slipway::server {
namespace {

using testing::ServerTest;

class LfsClaims : public ServerTest {
 protected:
  LfsClaims() : ServerTest({.multipart_from = 100, .multipart_part = 1'000}) {
    owner_ = make_token("owner", "write", {"team"});
    stranger_ = make_token("stranger", "write");
    token_ = owner_;
    create("owner", "kept", R"(,"visibility":"public")");
    token_ = stranger_;
    create("stranger", "own", R"(,"visibility":"public")");
  }

  void set(const std::string& repo, const std::string& settings) {
    EXPECT_EQ(status("PUT", "/api/models/" + repo + "/settings", settings), 200);
  }
  // The upload that a batch asks for; null when it takes the object as stored.
  json::Value offer(const std::string& repo, const std::string& text) {
    const json::Value answer =
        parsed(ask("POST", "/" + repo + ".git/info/lfs/objects/batch",
                   R"({"operation":"upload","transfers":["basic","multipart"],"objects":[{"oid":")" +
                       sha256_hex(as_bytes(text)) + R"(","size":)" + std::to_string(text.size()) + "}]}"));
    const json::Value* actions = answer.find("objects")->items()[0].find("actions");
    return actions == nullptr ? json::Value() : *actions->find("upload");
  }
  bool is_taken_as_stored(const std::string& repo, const std::string& text) {
    return offer(repo, text).is_null();
  }
  int verify(const std::string& repo, const std::string& text) {
    return status("POST", "/" + repo + "/lfs/verify",
                  R"({"oid":")" + sha256_hex(as_bytes(text)) + R"(","size":1})");
  }

  const std::string secret_ = "the weights that cost us a year";
  std::string owner_, stranger_;
};

TEST_F(LfsClaims, AGatedObjectIsNotHadByWhoKnowsItsDigest) {
  token_ = owner_;
  set("owner/kept", R"({"gated":"manual"})");
  store("owner/kept", secret_);
  ASSERT_EQ(commit("owner/kept", header() + lfs("m.bin", secret_)), 200);
  token_ = stranger_;
  EXPECT_EQ(commit("stranger/own", header() + lfs("mine.bin", secret_)), 400);
  EXPECT_EQ(status("GET", "/stranger/own/resolve/main/mine.bin"), 404);
  EXPECT_FALSE(is_taken_as_stored("stranger/own", secret_));
  EXPECT_EQ(verify("stranger/own", secret_), 404);
  // Its refusal is that of an object which is nowhere.
  const auto refusal = [&](const std::string& text) {
    std::string said = ask("POST", "/api/models/stranger/own/commit/main", header() + lfs("x", text)).body;
    const std::string oid = sha256_hex(as_bytes(text));
    return said.replace(said.find(oid), oid.size(), "");
  };
  EXPECT_EQ(refusal(secret_), refusal("never sent"));
  // Who has the bytes may.
  store("stranger/own", secret_);
  EXPECT_EQ(commit("stranger/own", header() + lfs("mine.bin", secret_)), 200);
  EXPECT_EQ(ask("GET", "/stranger/own/resolve/main/mine.bin").body, secret_);
}

TEST_F(LfsClaims, WhatWasSentAndNotYetCommittedIsItsSendersAlone) {
  token_ = owner_;
  store("owner/kept", secret_);
  EXPECT_TRUE(is_taken_as_stored("owner/kept", secret_));
  token_ = stranger_;
  EXPECT_FALSE(is_taken_as_stored("stranger/own", secret_));
  EXPECT_EQ(commit("stranger/own", header() + lfs("mine.bin", secret_)), 400);
  EXPECT_EQ(
      status("POST", "/api/models/owner/kept/commit/main?create_pr=1", header() + lfs("mine.bin", secret_)),
      400);
  token_ = owner_;
  EXPECT_EQ(commit("owner/kept", header() + lfs("m.bin", secret_)), 200);
}

TEST_F(LfsClaims, ReadableObjectsGoFromRepositoryToRepositoryWithoutBeingSentAgain) {
  token_ = owner_;
  store("owner/kept", secret_);
  ASSERT_EQ(commit("owner/kept", header() + lfs("m.bin", secret_)), 200);
  create("team", "again", R"(,"private":true)");
  EXPECT_TRUE(is_taken_as_stored("team/again", secret_));
  EXPECT_EQ(commit("team/again", header() + lfs("m.bin", secret_)), 200);
  token_ = stranger_;  // a fork of what everybody may read
  EXPECT_TRUE(is_taken_as_stored("stranger/own", secret_));
  EXPECT_EQ(verify("stranger/own", secret_), 200);
  EXPECT_EQ(commit("stranger/own", header() + lfs("m.bin", secret_)), 200);
}

TEST_F(LfsClaims, WhoMayReadAGatedRepositoryMayUseItsObjects) {
  token_ = owner_;
  create("team", "gated");
  set("team/gated", R"({"gated":"auto"})");
  const std::string root = make_token("root", "admin");
  const std::string colleague = make_token("colleague", "write", {"team"});
  token_ = root;
  store("team/gated", secret_);
  ASSERT_EQ(commit("team/gated", header() + lfs("m.bin", secret_)), 200);
  token_ = stranger_;
  EXPECT_FALSE(is_taken_as_stored("stranger/own", secret_));
  // A proposal to the repository itself shows nobody what they could not see.
  EXPECT_EQ(
      status("POST", "/api/models/team/gated/commit/main?create_pr=1", header() + lfs("moved.bin", secret_)),
      200);
  token_ = colleague;
  create("colleague", "copy");
  EXPECT_TRUE(is_taken_as_stored("colleague/copy", secret_));
  EXPECT_EQ(commit("colleague/copy", header() + lfs("m.bin", secret_)), 200);
}

TEST_F(LfsClaims, ACompletionWithoutPartsIsNoWayIn) {
  const std::string large(300, 'w');
  token_ = owner_;
  set("owner/kept", R"({"gated":"manual"})");
  const auto sent_as = [&](const json::Value& upload) {
    const std::string address = upload.find("header")->find("00001")->string().substr(15);
    const auto reply = ask("PUT", address, large);
    EXPECT_EQ(reply.response.status, 200) << reply.body;
  };
  const auto complete = [&](const json::Value& upload) {
    const std::string oid = sha256_hex(as_bytes(large));
    return status("POST", upload.find("href")->string().substr(15),
                  R"({"oid":")" + oid + R"(","parts":[{"partNumber":1,"etag":"\")" + oid + R"(\""}]})");
  };
  const json::Value owners = offer("owner/kept", large);
  sent_as(owners);
  token_ = stranger_;
  const json::Value strangers = offer("stranger/own", large);
  EXPECT_EQ(complete(strangers), 400);  // with parts that somebody else has sent
  token_ = owner_;
  EXPECT_EQ(complete(owners), 200);
  ASSERT_EQ(commit("owner/kept", header() + lfs("m.bin", large)), 200);
  token_ = stranger_;
  EXPECT_EQ(complete(strangers), 400);  // with an object that somebody else has
  EXPECT_EQ(commit("stranger/own", header() + lfs("m.bin", large)), 400);
  sent_as(strangers);
  EXPECT_EQ(complete(strangers), 200);
  EXPECT_EQ(complete(strangers), 200);  // asked again, as after a lost reply
  EXPECT_EQ(commit("stranger/own", header() + lfs("m.bin", large)), 200);
}

TEST_F(LfsClaims, AnAddressIsItsAccountsAlone) {
  token_ = owner_;
  std::string href = offer("owner/kept", secret_).find("href")->string().substr(15);
  const std::size_t at = href.find("by=owner");
  ASSERT_NE(at, std::string::npos) << href;
  EXPECT_EQ(status("PUT", href.replace(at, 8, "by=other"), secret_), 403);
}

}  // namespace
}  // namespace slipway::server
