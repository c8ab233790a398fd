#include "release/secrets.h"

#include <gtest/gtest.h>

#include <fmt/format.h>

#include "base/hash.h"

namespace slipway::release {
namespace {

// Put together here, so that no scanner of sources takes this file for a leak.
const std::string kToken = std::string("hf_") + "AbCdEfGhIjKlMnOpQrStUvWxYz01234567";
const std::string kApiKey = std::string("sk-") + "proj-AbCdEfGhIjKlMnOpQrStUvWxYz0123456789";
const std::string kAwsKey = std::string("AKIA") + "ABCDEFGHIJ234567";
const std::string kPrivateKey = std::string("-----BEGIN ") + "RSA PRIVATE KEY-----";

FoundSecrets all_in(std::string_view text, std::size_t step = 1 << 20) {
  SecretScan scan;
  for (std::size_t at = 0; at < text.size(); at += step) scan.feed(as_bytes(text.substr(at, step)));
  return scan.finish();
}

std::vector<FoundSecret> found_in(std::string_view text, std::size_t step = 1 << 20) {
  return all_in(text, step).secrets;
}

std::string key_of(std::string_view body, std::string_view type = "RSA PRIVATE KEY") {
  return fmt::format("-----BEGIN {}-----\n{}\n-----END {}-----", type, body, type);
}

std::string token_of(std::size_t number) {
  return fmt::format("{}AbCdEfGhIjKlMnOpQrStUvWxYz{:06}", "hf_", number);
}

// Each letter is looked at a bounded number of times: this was a minute's work for every megabyte.
TEST(SecretScan, AManyTimesBegunTokenCostsNoMoreThanItsLength) {
  std::string begun;
  for (int i = 0; i < 300'000; ++i) begun += "sk-";
  EXPECT_TRUE(found_in(begun).empty());
  std::string keys;
  for (int i = 0; i < 50'000; ++i) keys += "-----BEGIN ";
  EXPECT_TRUE(found_in(keys).empty());
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
  text += "\n" + kToken + "\n" + std::string(3000, '-') + "\n" + key_of(std::string(900, 'x')) + kApiKey +
          key_of("MII") + kPrivateKey;
  const auto whole = found_in(text);
  ASSERT_EQ(whole.size(), 5u);
  for (const std::size_t step : {1u, 7u, 511u, 513u, 2999u}) {
    const auto cut = found_in(text, step);
    ASSERT_EQ(cut.size(), whole.size()) << step;
    for (std::size_t i = 0; i < whole.size(); ++i) {
      EXPECT_EQ(cut[i].line, whole[i].line) << step;
      EXPECT_EQ(cut[i].sha256, whole[i].sha256) << step;
    }
  }
}

TEST(SecretScan, TellsPrivateKeysOfOneTypeApart) {
  const std::string key = key_of("MIIEowIBAAKC"), other = key_of("MIIEowIBAAKD");
  const auto found = found_in("a\n" + key + "\nb\n" + other + "\n");
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0].line, 2u);
  EXPECT_EQ(found[0].sha256, sha256_hex(as_bytes(key)));
  EXPECT_EQ(found[1].line, 6u);
  EXPECT_EQ(found[1].sha256, sha256_hex(as_bytes(other)));
  EXPECT_EQ(found_in("elsewhere " + key + " too")[0].sha256, found[0].sha256);
  EXPECT_FALSE(refuse_secrets("k.pem", all_in(key + "\n" + other), {found[0].sha256}));
  EXPECT_TRUE(refuse_secrets("k.pem", all_in(key + "\n" + other), {found[0].sha256, found[1].sha256}));
}

TEST(SecretScan, DigestsAKeyToItsOwnEndHoweverFarThatIs) {
  const std::string far(200'000, ' ');
  for (const std::string& lead : {std::string(), far, std::string("-----END EC PRIVATE KEY-----\n")}) {
    for (const bool ends : {true, false}) {
      std::string key = key_of(lead + "MIIEowIBAAKC"), other = key_of(lead + "MIIEowIBAAKD");
      if (!ends) key.resize(key.size() - 5), other.resize(other.size() - 5);
      const auto found = found_in(key), others = found_in(other);
      ASSERT_EQ(found.size(), 1u);
      EXPECT_EQ(found[0].sha256, sha256_hex(as_bytes(key)));
      ASSERT_EQ(others.size(), 1u);
      EXPECT_NE(found[0].sha256, others[0].sha256);
    }
  }
}

TEST(SecretScan, FindsWhatStandsInsideAKey) {
  const std::string begin = kPrivateKey + "\n";
  const auto found = found_in(begin + "x\n" + kToken + "\n" + key_of("MIIEowIBAAKC") + "\n" + kApiKey);
  ASSERT_EQ(found.size(), 4u);
  EXPECT_EQ(found[0].sha256, sha256_hex(as_bytes(begin + "x\n" + kToken + "\n")));  // up to the next key
  EXPECT_EQ(found[1].sha256, sha256_hex(as_bytes(kToken)));
  EXPECT_EQ(found[2].sha256, sha256_hex(as_bytes(key_of("MIIEowIBAAKC"))));
  EXPECT_EQ(found[3].line, 7u);
  EXPECT_EQ(found_in(key_of("lQOYBF", "PGP PRIVATE KEY BLOCK")).size(), 1u);
}

TEST(SecretScan, CountsASecretOnceAndHidesNoneBehindIt) {
  std::string text;
  for (int i = 0; i < 150; ++i) text += kToken + "\n";
  const auto found = found_in(text + kApiKey);
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0].line, 1u);
  EXPECT_EQ(found[0].times, 150u);
  EXPECT_EQ(found[1].line, 151u);
  EXPECT_EQ(found[1].times, 1u);
}

TEST(RefuseSecrets, PassesNoFileThatHoldsMoreThanAreCounted) {
  std::string text;
  std::vector<std::string> allowed;
  for (std::size_t i = 0; i < 100; ++i) {
    text += token_of(i) + "\n";
    allowed.push_back(sha256_hex(as_bytes(token_of(i))));
  }
  EXPECT_TRUE(refuse_secrets("fakes.txt", all_in(text + text), allowed));
  text += token_of(100);
  allowed.push_back(sha256_hex(as_bytes(token_of(100))));
  const auto refused = refuse_secrets("fakes.txt", all_in(text), allowed);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kRefused);
  EXPECT_NE(refused.error().message.find("fakes.txt holds more than 100 different texts"), std::string::npos);
}

TEST(RefuseSecrets, NamesFileAndLineUnlessTheSecretIsAllowed) {
  const FoundSecrets found = all_in("a\n" + kToken);
  const auto refused = refuse_secrets("README.md", found, {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kRefused);
  EXPECT_NE(refused.error().message.find("README.md:2 holds what looks like a Hugging Face token"),
            std::string::npos);
  EXPECT_EQ(refused.error().message.find(kToken), std::string::npos);
  EXPECT_TRUE(refuse_secrets("README.md", found, {found.secrets[0].sha256.substr(0, 16)}));
  EXPECT_FALSE(refuse_secrets("README.md", found, {""}));
}

}  // namespace
}  // namespace slipway::release
