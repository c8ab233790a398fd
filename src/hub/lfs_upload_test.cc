#include "hub/lfs_upload.h"

#include <gtest/gtest.h>

#include "hub/multipart_test_support.h"
#include "os/loop_transport.h"
#include "os/test_world.h"

namespace slipway::hub {
namespace {

const std::string kOid(64, 'a');
const std::string kBytes = "0123456789";

class LfsUploadTest : public ::testing::Test {
 protected:
  LfsUploadTest() { storage_.size = kBytes.size(); }

  Result<void> upload() {
    LfsUpload upload(client_, {"me", "tiny"}, "main");
    SLIPWAY_ASSIGN(const auto missing,
                   upload.open({{.path = "w", .content = literal_content(kBytes), .sha256 = kOid}}));
    if (!missing[0]) return {};
    const std::size_t pieces = upload.pieces(0);
    for (std::size_t piece = 0; piece < pieces; ++piece)
      SLIPWAY_TRY(upload.send(0, piece, [this](std::uint64_t bytes) { told_ += bytes; }));
    return upload.close(0);
  }
  std::size_t puts() const { return storage_.count("PUT", "/part/"); }
  std::size_t batches() const { return storage_.count("POST", "/objects/batch"); }

  PartStorage storage_;
  os::LoopTransport loop_{storage_};
  os::TestWorld parts_{&loop_};
  os::World world_ = parts_.world();
  Client client_{world_, {.endpoint = "http://hub.test", .token = Secret("hf_secret", "HF_TOKEN")}};
  std::uint64_t told_ = 0;
};

TEST_F(LfsUploadTest, PartsAreSentJoinedAndVerified) {
  ASSERT_TRUE(upload());
  EXPECT_EQ(storage_.joined(), kBytes);
  EXPECT_EQ(puts(), 3u);
  EXPECT_EQ(told_, kBytes.size());
  const PartStorage::Seen& join = storage_.log[4];
  EXPECT_EQ(join.target, "/join");
  EXPECT_EQ(join.body, R"({"oid":")" + kOid +
                           R"(","parts":[{"partNumber":1,"etag":"\"U1-1\""},)"
                           R"({"partNumber":2,"etag":"\"U1-2\""},{"partNumber":3,"etag":"\"U1-3\""}]})");
  EXPECT_EQ(storage_.log[5].body, R"({"oid":")" + kOid + R"(","size":10})");
}

TEST_F(LfsUploadTest, TheTokenGoesToBatchAndVerificationAlone) {
  ASSERT_TRUE(upload());
  for (const PartStorage::Seen& seen : storage_.log) {
    const bool may = seen.target.ends_with("/objects/batch") || seen.target == "/verify";
    EXPECT_EQ(seen.headers.contains("Authorization"), may) << seen.target;
  }
}

TEST_F(LfsUploadTest, ASignedAddressGetsNoHeaderOfOurs) {
  storage_.chunk_bytes = 0;
  ASSERT_TRUE(upload());
  const PartStorage::Seen& put = storage_.log[1];
  EXPECT_EQ(put.body, kBytes);
  EXPECT_FALSE(put.headers.contains("Content-Type"));
  EXPECT_FALSE(put.headers.contains("Authorization"));
}

TEST_F(LfsUploadTest, APartThatFailsIsSentAgainAloneAndCountedOnce) {
  int failures = 2;
  storage_.trouble = [&](const PartStorage::Seen& seen) {
    return seen.target.starts_with("/part/2") && failures-- > 0 ? 500 : 0;
  };
  ASSERT_TRUE(upload());
  EXPECT_EQ(puts(), 5u);
  EXPECT_EQ(batches(), 1u);
  EXPECT_EQ(storage_.joined(), kBytes);
  EXPECT_EQ(told_, kBytes.size());
}

TEST_F(LfsUploadTest, AddressesThatExpireAreAskedForAgainAndFinishedPartsStay) {
  bool refused = false;
  storage_.trouble = [&](const PartStorage::Seen& seen) {
    if (refused || !seen.target.starts_with("/part/3")) return 0;
    refused = true;
    return 403;
  };
  ASSERT_TRUE(upload());
  EXPECT_EQ(batches(), 2u);
  EXPECT_EQ(puts(), 4u);  // the third twice
  EXPECT_EQ(storage_.joined(), kBytes);
}

TEST_F(LfsUploadTest, PartsOfAnUploadThatIsGoneAreSentToTheNewOne) {
  storage_.trouble = [&](const PartStorage::Seen& seen) {
    if (seen.target.starts_with("/part/3")) {  // the storage forgot the first upload
      if (storage_.upload == "U1") storage_.parts.clear();
      storage_.upload = "U2";
    }
    return 0;
  };
  ASSERT_TRUE(upload());
  EXPECT_EQ(batches(), 2u);
  EXPECT_EQ(puts(), 6u);
  EXPECT_EQ(storage_.joined(), kBytes);
  EXPECT_EQ(told_, kBytes.size());
  EXPECT_EQ(storage_.count("POST", "/join"), 1u);
}

TEST_F(LfsUploadTest, TheBatchMayAnswerInOtherPartsTheSecondTime) {
  storage_.trouble = [&](const PartStorage::Seen& seen) {
    if (seen.target.starts_with("/part/2") && storage_.upload == "U1") {
      storage_.parts.clear();
      storage_.upload = "U2";
      storage_.chunk_bytes = 2;
    }
    return 0;
  };
  ASSERT_TRUE(upload());
  EXPECT_EQ(storage_.joined(), kBytes);
  EXPECT_EQ(storage_.parts.size(), 5u);
}

TEST_F(LfsUploadTest, ADeclaredExpiryIsNotWaitedFor) {
  storage_.extra = R"(,"expires_in":60)";
  std::size_t before = 0;
  storage_.trouble = [&](const PartStorage::Seen& seen) {
    if (seen.target.starts_with("/part/1")) parts_.executor.sleep(os::Millis(120'000));
    if (seen.target.starts_with("/part/2") && before == 0) before = batches();
    return 0;
  };
  ASSERT_TRUE(upload());
  EXPECT_EQ(before, 2u);
  EXPECT_EQ(puts(), 3u);
}

TEST_F(LfsUploadTest, AJoinWhoseAnswerWasLostIsFoundDone) {
  bool lost = false;
  storage_.trouble = [&](const PartStorage::Seen& seen) {
    if (seen.target != "/join") return 0;
    if (lost) return 404;  // no such upload any more
    lost = storage_.stored = true;
    return 500;
  };
  ASSERT_TRUE(upload());
  EXPECT_EQ(puts(), 3u);
  EXPECT_EQ(batches(), 2u);
}

TEST_F(LfsUploadTest, ARefusalThatStaysIsToldAfterAskingTwice) {
  storage_.trouble = [](const PartStorage::Seen& seen) {
    return seen.target.starts_with("/part/1") ? 403 : 0;
  };
  const auto done = upload();
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().http_status, 403);
  EXPECT_EQ(batches(), 3u);
  EXPECT_NE(done.error().message.find("part 1 of object"), std::string::npos) << done.error().message;
}

TEST_F(LfsUploadTest, ARedirectedPartIsSentAgainWithItsBody) {
  storage_.trouble = [](const PartStorage::Seen& seen) {
    return seen.target.starts_with("/part/2") ? 307 : 0;
  };
  ASSERT_TRUE(upload());
  EXPECT_EQ(storage_.joined(), kBytes);
}

TEST_F(LfsUploadTest, WhatIsStoredIsNotSentAndTheSameObjectGoesOnce) {
  LfsUpload twice(client_, {"me", "tiny"}, "main");
  const UploadItem item{.path = "w", .content = literal_content(kBytes), .sha256 = kOid};
  EXPECT_EQ(twice.open({item, item}).value(), (std::vector<bool>{true, false}));
  storage_.stored = true;
  EXPECT_EQ(twice.open({item}).value(), std::vector<bool>{false});
}

TEST(LfsUpload, TheHubsOwnHostIsReplacedByTheEndpoint) {
  const auto at = [](std::string_view reference, std::string_view endpoint) {
    return at_endpoint(reference, std::string(endpoint) + "/api/models/me", endpoint);
  };
  EXPECT_EQ(at("https://huggingface.co/a/b?c", "http://proxy:8080"), "http://proxy:8080/a/b?c");
  EXPECT_EQ(at("https://hub-ci.huggingface.co/a", "http://proxy/hub"), "http://proxy/hub/a");
  EXPECT_EQ(at("/a/b", "http://proxy:8080"), "http://proxy:8080/a/b");
  EXPECT_EQ(at("https://huggingface.co.evil.test/a", "http://p"), "https://huggingface.co.evil.test/a");
  EXPECT_EQ(at("https://cdn.test/a", "http://p"), "https://cdn.test/a");
  EXPECT_EQ(at("//cdn.test/a", "http://p"), "http://cdn.test/a");
  EXPECT_EQ(at("//huggingface.co/a", "https://proxy/hub"), "https://proxy/hub/a");
  EXPECT_EQ(at("you?c", "http://proxy/hub"), "http://proxy/hub/api/models/you?c");
  EXPECT_EQ(at("/hub/a", "http://proxy/hub"), "http://proxy/hub/a");
}

}  // namespace
}  // namespace slipway::hub
