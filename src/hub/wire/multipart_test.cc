#include <gtest/gtest.h>

#include "hub/wire/types.h"

namespace slipway::hub::wire {
namespace {

LfsAction action(std::vector<std::pair<std::string, std::string>> header) {
  return {.href = "https://hub.test/join", .header = std::move(header)};
}

TEST(Multipart, PartsComeInNumericOrderHoweverTheyAreWritten) {
  const auto parts = lfs_parts(action({{"10", "j"},
                                       {"2", "b"},
                                       {"chunk_size", "1"},
                                       {"00001", "a"},
                                       {"3", "c"},
                                       {"4", "d"},
                                       {"5", "e"},
                                       {"6", "f"},
                                       {"7", "g"},
                                       {"8", "h"},
                                       {"9", "i"},
                                       {"X-Other", "x"}}),
                               10);
  ASSERT_TRUE(parts && *parts);
  EXPECT_EQ((*parts)->urls, (std::vector<std::string>{"a", "b", "c", "d", "e", "f", "g", "h", "i", "j"}));
  EXPECT_EQ(lfs_parts(action({{"X-Other", "x"}}), 10).value(), std::nullopt);
}

TEST(Multipart, WhatDoesNotMakeUpTheSizeIsMalformed) {
  const std::vector<std::vector<std::pair<std::string, std::string>>> headers{
      {{"chunk_size", "4"}, {"1", "a"}, {"2", "b"}},                          // one too few
      {{"chunk_size", "4"}, {"1", "a"}, {"2", "b"}, {"3", "c"}, {"4", "d"}},  // one too many
      {{"chunk_size", "4"}, {"1", "a"}, {"2", "b"}, {"4", "d"}},              // a hole
      {{"chunk_size", "4"}, {"1", "a"}, {"01", "b"}, {"2", "d"}},             // one twice
      {{"chunk_size", "0"}, {"1", "a"}},
      {{"chunk_size", "-4"}, {"1", "a"}},
      {{"chunk_size", "4MB"}, {"1", "a"}},
      {{"chunk_size", "18446744073709551615"}},
  };
  for (const auto& header : headers) {
    const auto parts = lfs_parts(action(header), 10);
    ASSERT_FALSE(parts) << header[0].second;
    EXPECT_EQ(parts.error().code, ErrorCode::kProtocol);
  }
}

TEST(Multipart, ASizeNearTheLimitOfNumbersIsNoTrap) {
  EXPECT_FALSE(lfs_parts(action({{"chunk_size", "1"}, {"1", "a"}}), ~std::uint64_t{0}));
  EXPECT_TRUE(lfs_parts(action({{"chunk_size", "18446744073709551615"}, {"1", "a"}}), ~std::uint64_t{0}));
}

}  // namespace
}  // namespace slipway::hub::wire
