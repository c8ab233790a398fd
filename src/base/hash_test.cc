#include "base/hash.h"

#include <gtest/gtest.h>

#include <random>

#include <fmt/format.h>

namespace slipway {
namespace {

std::string random_text(std::mt19937_64& dice, std::size_t size) {
  std::string text(size, '\0');
  for (char& c : text) c = static_cast<char>(dice());
  return text;
}

// Both paths; on a machine without SHA-NI the two are one.
std::vector<Cpu> paths() { return {Cpu{}, detect_cpu()}; }

TEST(TwoStreams, GiveOpenSslsDigestsForEveryPairOfShortLengths) {
  std::mt19937_64 dice(1);
  const std::string one = random_text(dice, 300);
  const std::string two = random_text(dice, 300);
  for (const Cpu& cpu : paths()) {
    for (std::size_t n = 0; n <= 300; ++n) {
      for (const std::size_t m : {n, 300 - n, std::size_t{64}, std::size_t{129}}) {
        Sha256 first;
        Sha256 second;
        update_both(cpu, first, as_bytes(one).first(n), second, as_bytes(two).first(m));
        ASSERT_EQ(first.finish_hex(), sha256_hex(as_bytes(one).first(n))) << n << " beside " << m;
        ASSERT_EQ(second.finish_hex(), sha256_hex(as_bytes(two).first(m))) << m << " beside " << n;
      }
    }
  }
}

Bytes take(Bytes& rest, std::size_t size) {
  const Bytes part = rest.first(std::min(size, rest.size()));
  rest = rest.subspan(part.size());
  return part;
}

// One random way through two messages: pieces of any length, for both at once or for one alone.
void expect_same_digests(const Cpu& cpu, std::mt19937_64& dice) {
  const std::string one = random_text(dice, dice() % 5000);
  const std::string two = random_text(dice, dice() % 5000);
  Sha256 first;
  Sha256 second;
  Bytes left = as_bytes(one);
  Bytes right = as_bytes(two);
  while (!left.empty() || !right.empty()) {
    switch (dice() % 4) {
      case 0:
        first.update(take(left, dice() % 200));
        break;
      case 1:
        second.update(take(right, dice() % 200));
        break;
      default: {
        const Bytes of_first = take(left, dice() % 900);
        const Bytes of_second = take(right, dice() % 900);
        update_both(cpu, first, of_first, second, of_second);
      }
    }
  }
  ASSERT_EQ(first.finish_hex(), sha256_hex(as_bytes(one)));
  ASSERT_EQ(second.finish_hex(), sha256_hex(as_bytes(two)));
}

TEST(TwoStreams, GiveOpenSslsDigestsHoweverTheInputIsSplit) {
  std::mt19937_64 dice(2);
  for (const Cpu& cpu : paths()) {
    for (int round = 0; round < 500; ++round) expect_same_digests(cpu, dice);
  }
}

TEST(TwoStreams, CountPast512MebibytesWhereTheBitCountNeedsItsSecondWord) {
  const ByteVector piece(8u << 20, std::byte{7});
  Sha256 first;
  Sha256 second;
  Sha256 alone;
  for (int i = 0; i < 65; ++i) {
    update_both(detect_cpu(), first, piece, second, Bytes(piece).subspan(64));
    alone.update(piece);
  }
  EXPECT_EQ(first.finish_hex(), alone.finish_hex());
}

TEST(GitBlobSha1, IsTheIdOfTheWholeHoweverItIsSplit) {
  std::mt19937_64 dice(3);
  for (const std::size_t size : {0u, 1u, 63u, 64u, 5000u}) {
    const std::string text = random_text(dice, size);
    GitBlobSha1 id(size);
    for (Bytes rest = as_bytes(text); !rest.empty();) id.update(take(rest, 1 + dice() % 100));
    EXPECT_EQ(id.finish_hex(), git_blob_sha1(as_bytes(text))) << size;
  }
}

}  // namespace
}  // namespace slipway
