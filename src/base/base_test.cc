#include <gtest/gtest.h>

#include <array>
#include <set>

#include "base/edit_distance.h"
#include "base/encoding.h"
#include "base/error_table.h"
#include "base/glob.h"
#include "base/hash.h"
#include "base/size_text.h"

namespace slipway {
namespace {

TEST(Hash, KnowsThePublishedDigests) {
  EXPECT_EQ(sha256_hex(as_bytes("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha1_hex(as_bytes("abc")), "a9993e364706816aba3e25717850c26c9cd0d89d");
  EXPECT_EQ(git_blob_sha1(as_bytes("")), "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391");
  EXPECT_EQ(crc32c(as_bytes("123456789")), 0xE3069283u);
}

TEST(Hash, SplittingTheInputNeverChangesTheDigest) {
  Sha256 split;
  for (const char c : std::string_view("abc")) split.update(as_bytes(std::string_view(&c, 1)));
  EXPECT_EQ(split.finish_hex(), sha256_hex(as_bytes("abc")));
  EXPECT_EQ(crc32c(as_bytes("56789"), crc32c(as_bytes("1234"))), 0xE3069283u);
}

TEST(Base64, RoundTripsEveryLengthAndRefusesWhatIsNotBase64) {
  std::string text;
  for (int i = 0; i < 70; ++i) {
    EXPECT_EQ(base64_decode(base64_encode(as_bytes(text))), text);
    text += static_cast<char>(i * 37);
  }
  EXPECT_EQ(base64_encode(as_bytes("a")), "YQ==");
  for (const char* bad : {"YQ=", "Y===", "YQ==YQ==", "Y Q=", "YR==", "====", "YQ=A"}) {
    EXPECT_EQ(base64_decode(bad), std::nullopt) << bad;
  }
}

TEST(PercentCoding, RoundTripsAndRefusesCutEscapes) {
  EXPECT_EQ(percent_encode("refs/pr/1 é"), "refs%2Fpr%2F1%20%C3%A9");
  EXPECT_EQ(percent_encode("a/b", "/"), "a/b");
  EXPECT_EQ(percent_decode("refs%2fpr%2F1"), "refs/pr/1");
  EXPECT_EQ(percent_decode("%2"), std::nullopt);
  EXPECT_EQ(percent_decode("%zz"), std::nullopt);
}

TEST(Utf8, IsClippedBetweenCharacters) {
  EXPECT_EQ(clipped("harbour", 7), "harbour");
  EXPECT_EQ(clipped("harbours", 7), "harb...");
  EXPECT_EQ(clipped("caf\xC3\xA9 noir", 7), "caf...");
  EXPECT_EQ(clipped("caf\xC3\xA9 noir", 8), "caf\xC3\xA9...");
  EXPECT_EQ(clipped("harbour", 2), "...");
}

TEST(Utf8, RefusesOverlongSurrogateAndCutSequences) {
  EXPECT_TRUE(is_utf8("caf\xC3\xA9 \xE8\x88\xB9 \xF0\x9F\x9A\xA2"));
  for (const char* bad : {"\xC0\x80", "\xE0\x80\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xC3", "\xFF"}) {
    EXPECT_FALSE(is_utf8(bad)) << bad;
  }
}

TEST(Glob, MatchesAsPythonsFnmatchDoes) {
  EXPECT_TRUE(glob_match("*.json", "a/b.json"));  // '*' crosses '/'
  EXPECT_TRUE(glob_match("checkpoint-*", "checkpoint-10/x"));
  EXPECT_TRUE(glob_match("[!a]?c", "xbc"));
  EXPECT_FALSE(glob_match("[!a]?c", "abc"));
  EXPECT_TRUE(glob_match("a[0-9]*", "a5"));
  EXPECT_TRUE(glob_match("[", "["));
  EXPECT_TRUE(glob_match("[]]", "]"));
  EXPECT_FALSE(glob_match("A", "a"));
  EXPECT_TRUE(glob_match("*a*b*c", "xxaxxbxxbc"));
  EXPECT_FALSE(glob_match("*a*b*c", std::string(2000, 'a')));
}

TEST(SizeText, ReadsDecimalAndBinaryUnits) {
  EXPECT_EQ(parse_size("5GB").value(), 5'000'000'000u);
  EXPECT_EQ(parse_size("512MiB").value(), 512u << 20);
  EXPECT_EQ(parse_size("1.5 kb").value(), 1500u);
  EXPECT_EQ(parse_size("42").value(), 42u);
  for (const char* bad : {"", "GB", "5 XB", "-1", "nan", "1e300"}) EXPECT_FALSE(parse_size(bad)) << bad;
  EXPECT_EQ(format_size(999), "999 B");
  EXPECT_EQ(format_size(1'250'000), "1.2 MB");
  EXPECT_EQ(format_duration(125), "2 min 05 s");
}

TEST(EditDistance, SuggestsOnlyWhatIsNear) {
  constexpr std::array<std::string_view, 3> kVerbs = {"publish", "push", "pull"};
  EXPECT_EQ(nearest("pubish", kVerbs), "publish");
  EXPECT_EQ(nearest("completely-other", kVerbs), std::nullopt);
}

TEST(ErrorTable, HasOneRowForEveryCodeAndUniqueNames) {
  std::set<std::string_view> kinds;
  for (const ErrorRow& row : error_rows()) {
    EXPECT_TRUE(kinds.insert(row.kind).second) << row.kind;
    EXPECT_EQ(&error_row(row.code), &row);
  }
  EXPECT_EQ(kinds.size(), static_cast<std::size_t>(ErrorCode::kChanged));
}

TEST(Error, ContextIsPutOutermostFirst) {
  Error error{.code = ErrorCode::kIo, .message = "no such file"};
  error = within("push me/tiny", within("read config.json", std::move(error)));
  EXPECT_EQ(describe(error), "push me/tiny: read config.json: no such file");
}

}  // namespace
}  // namespace slipway
