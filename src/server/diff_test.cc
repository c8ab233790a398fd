#include "server/diff.h"

#include <gtest/gtest.h>

namespace slipway::server {
namespace {

DiffSide side(std::string text) { return {.oid = "1", .text = std::move(text)}; }

// From the first "@@".
std::string hunk_of(const std::string& before, const std::string& after) {
  const std::string text = diff_file("f", side(before), side(after));
  return text.substr(std::min(text.find("@@"), text.size()));
}

TEST(Diff, OneHunkHoldsWhatChangedAndThreeLinesAroundIt) {
  EXPECT_EQ(hunk_of("1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\n2\n3\n4\nfive\n6\n7\n8\n9\n"),
            "@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n");
  EXPECT_EQ(hunk_of("a\na\n", "a\na\na\n"), "@@ -1,2 +1,3 @@\n a\n a\n+a\n");
  EXPECT_EQ(hunk_of("a\nb", "a\nb\n"), "@@ -1,2 +1,2 @@\n a\n-b\n\\ No newline at end of file\n+b\n");
}

TEST(Diff, FilesComeGoAndAreBinary) {
  EXPECT_EQ(diff_file("f", std::nullopt, side("a\n")),
            "diff --git a/f b/f\nnew file mode 100644\nindex "
            "0000000000000000000000000000000000000000..1\n--- /dev/null\n+++ b/f\n"
            "@@ -0,0 +1,1 @@\n+a\n");
  EXPECT_EQ(diff_file("f", side("a\n"), std::nullopt),
            "diff --git a/f b/f\ndeleted file mode 100644\nindex "
            "1..0000000000000000000000000000000000000000\n--- a/f\n+++ /dev/null\n"
            "@@ -1,1 +0,0 @@\n-a\n");
  EXPECT_EQ(diff_file("f", side("a\n"), DiffSide{.oid = "2", .binary = true}),
            "diff --git a/f b/f\nindex 1..2 100644\nBinary files a/f and b/f differ\n");
}

}  // namespace
}  // namespace slipway::server
