#include "server/git_ids.h"

#include <gtest/gtest.h>

#include "base/hash.h"
#include "server/gitattributes.h"

namespace slipway::server {
namespace {

FileRow blob(std::string_view text) { return {.size = text.size(), .oid = git_blob_sha1(as_bytes(text))}; }

// The expected ids are what git 2.39 printed for these files (`git ls-tree -r -t HEAD`, `git rev-parse
// HEAD`).
const Files kFiles{{"a.txt", blob("hello\n")}, {"d.txt", blob("y")}, {"d/e/f", blob("x")}};

TEST(GitIds, AreThoseThatGitGives) {
  const auto ids = tree_ids(kFiles);
  EXPECT_EQ(ids.at(""), "2853dd3edeb0c6c2ac3e81dadf8064bcf9d45bd6");
  EXPECT_EQ(ids.at("d"), "4f48123a6d687600d05a719e8950ac1165954e33");
  EXPECT_EQ(ids.at("d/e"), "2561a62d4223eb7660d3b6b02b707048382f4019");
  EXPECT_EQ(commit_id({.tree = ids.at(""),
                       .parent = "",
                       .author = "ada",
                       .unix_seconds = 1'750'000'000,
                       .message = "A title\n\nAnd a description"}),
            "f3d5d09b22d9069a4570c2a3e1fe4dd9585d8b1b");
}

TEST(GitIds, AnEmptyRepositoryHasGitsEmptyTree) {
  EXPECT_EQ(tree_ids({}).at(""), "4b825dc642cb6eb9a060e54bf8d69288fbee4904");
}

TEST(GitIds, AFileThatIsAlsoAFolderIsNamed) {
  EXPECT_EQ(clashing_path(kFiles), "");
  Files files = kFiles;
  files["d"] = blob("z");
  EXPECT_EQ(clashing_path(files), "d");
}

TEST(GitAttributes, TheLastMatchingLineDecides) {
  const std::string text = default_gitattributes();
  EXPECT_TRUE(is_lfs_path(text, "model.safetensors"));
  EXPECT_TRUE(is_lfs_path(text, "sub/dir/weights.bin"));
  EXPECT_TRUE(is_lfs_path(text, "saved_model/a/b"));
  EXPECT_FALSE(is_lfs_path(text, "config.json"));
  EXPECT_FALSE(is_lfs_path(text, "model.gguf"));
  EXPECT_FALSE(is_lfs_path(text + "*.bin -filter\n", "a.bin"));
}

TEST(GitAttributes, ALineForAPathCoversItWhateverItsCharacters) {
  for (const char* path : {"big file.json", "a[1].dat", "dir/b*.x", "plain"}) {
    EXPECT_TRUE(is_lfs_path(lfs_line(path), path)) << path;
  }
  EXPECT_FALSE(is_lfs_path(lfs_line("a[1].dat"), "a1.dat"));
}

}  // namespace
}  // namespace slipway::server
