#include "os/path.h"

#include <gtest/gtest.h>

namespace slipway::os {
namespace {

TEST(Path, JoinsWithOneSlashAndLetsAnAbsoluteNameWin) {
  EXPECT_EQ(join("a", "b"), "a/b");
  EXPECT_EQ(join("a/", "b"), "a/b");
  EXPECT_EQ(join("/", "b"), "/b");
  EXPECT_EQ(join("a", "/b"), "/b");
  EXPECT_EQ(join("", "b"), "b");
  EXPECT_EQ(join("a", ""), "a");
}

TEST(Path, ParentAndBaseNameIgnoreTrailingSlashes) {
  EXPECT_EQ(parent("a/b"), "a");
  EXPECT_EQ(parent("a/b/"), "a");
  EXPECT_EQ(parent("a//b"), "a");
  EXPECT_EQ(parent("a"), ".");
  EXPECT_EQ(parent(""), ".");
  EXPECT_EQ(parent("/a"), "/");
  EXPECT_EQ(parent("/"), "/");
  EXPECT_EQ(parent("//a"), "/");
  EXPECT_EQ(base_name("a/b/"), "b");
  EXPECT_EQ(base_name("b"), "b");
  EXPECT_EQ(base_name("/"), "/");
  EXPECT_EQ(base_name(""), "");
}

TEST(Path, PlainRelativeTakesOnlyWhatStaysInsideAFolder) {
  for (const char* good : {"a", "a/b.json", "...", "a/..b", "..a", ".cache/x", "a b/\xC3\xA9", "-"}) {
    EXPECT_TRUE(is_plain_relative(good)) << good;
  }
  for (const char* bad : {"", "/", "/a", ".", "..", "./a", "a/.", "a/./b", "../a", "a/..", "a/../b", "a/",
                          "a//b", "//", "a\\b", "\\", "..\\a"}) {
    EXPECT_FALSE(is_plain_relative(bad)) << bad;
  }
  EXPECT_FALSE(is_plain_relative(std::string_view("a\0b", 3)));
  EXPECT_FALSE(is_plain_relative(std::string_view("\0", 1)));
}

}  // namespace
}  // namespace slipway::os
