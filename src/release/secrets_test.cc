#include "release/secrets.h"

#include <gtest/gtest.h>

#include <random>

#include "base/hash.h"

namespace slipway::release {
namespace {

// Put together here, so that no scanner of sources takes this file for a leak.
const std::string kToken = std::string("hf_") + "AbCdEfGhIjKlMnOpQrStUvWxYz01234567";
const std::string kApiKey = std::string("sk-") + "proj-AbCdEfGhIjKlMnOpQrStUvWxYz0123456789";
const std::string kAwsKey = std::string("AKIA") + "ABCDEFGHIJ234567";
const std::string kPrivateKey = std::string("-----BEGIN ") + "RSA PRIVATE KEY-----";

std::vector<FoundSecret> found_in(std::string_view text, std::size_t step = 1 << 20) {
  SecretScan scan;
  for (std::size_t at = 0; at < text.size(); at += step) scan.feed(as_bytes(text.substr(at, step)));
  return scan.finish();
}

TEST(SecretScan, FindsEveryKindAndItsLine) {
  const auto found =
      found_in("one\n" + kToken + "\nkey = '" + kApiKey + "'\n" + kAwsKey + "\n\n" + kPrivateKey + "\n");
  ASSERT_EQ(found.size(), 4u);
  EXPECT_EQ(found[0].line, 2u);
  EXPECT_EQ(found[0].sha256, sha256_hex(as_bytes(kToken)));
  EXPECT_EQ(found[1].line, 3u);
  EXPECT_EQ(found[2].line, 4u);
  EXPECT_EQ(found[3].line, 6u);
}

TEST(SecretScan, PassesOverPlaceholdersAndWordsThatOnlyLookAlike) {
  EXPECT_TRUE(found_in("hf_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx").empty());
  EXPECT_TRUE(found_in("hf_short").empty());
  EXPECT_TRUE(found_in("model" + kToken).empty());  // inside another word
  EXPECT_TRUE(found_in(kAwsKey + "8").empty());
  EXPECT_TRUE(found_in("-----BEGIN CERTIFICATE-----").empty());
}

TEST(SecretScan, FindsTheSameHoweverTheTextIsCut) {
  std::string text(3000, '.');
  text += "\n" + kToken + "\n" + std::string(3000, '-') + "\n" + kPrivateKey;
  const auto whole = found_in(text);
  ASSERT_EQ(whole.size(), 2u);
  for (const std::size_t step : {1u, 7u, 511u, 513u, 2999u}) {
    const auto cut = found_in(text, step);
    ASSERT_EQ(cut.size(), 2u) << step;
    EXPECT_EQ(cut[0].line, whole[0].line);
    EXPECT_EQ(cut[1].sha256, whole[1].sha256);
  }
}

TEST(RefuseSecrets, NamesFileAndLineUnlessTheSecretIsAllowed) {
  const auto found = found_in("a\n" + kToken);
  const auto refused = refuse_secrets("README.md", found, {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kRefused);
  EXPECT_NE(refused.error().message.find("README.md:2 holds what looks like a Hugging Face token"),
            std::string::npos);
  EXPECT_EQ(refused.error().message.find(kToken), std::string::npos);
  EXPECT_TRUE(refuse_secrets("README.md", found, {found[0].sha256.substr(0, 16)}));
  EXPECT_FALSE(refuse_secrets("README.md", found, {""}));
}

}  // namespace
}  // namespace slipway::release
