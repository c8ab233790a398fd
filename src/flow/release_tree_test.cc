#include "flow/release_tree.h"

#include <gtest/gtest.h>

namespace slipway::flow {
namespace {

const RemoteFiles kHead{{.path = ".gitattributes", .git_oid = "g"},
                        {.path = "README.md", .git_oid = "r"},
                        {.path = "gone.bin", .git_oid = "p", .sha256 = "s"},
                        {.path = "kept.txt", .git_oid = "k"}};
const std::map<std::string, Digests> kDigests{{"README.md", {.sha256 = "h", .git_blob_sha1 = "r2"}},
                                              {"model.bin", {.sha256 = "m", .git_blob_sha1 = ""}}};
const std::vector<std::string> kDeleted{"gone.bin"};

std::string foreign(const RemoteFiles& tree) {
  return foreign_path({.head = kHead, .digests = kDigests, .deleted = kDeleted, .rewritten = ".slipway.json"},
                      tree)
      .value_or("none");
}

RemoteFiles head_with(const hub::RemoteFile& file) {
  RemoteFiles tree = kHead;
  std::erase_if(tree, [&](const hub::RemoteFile& old) { return old.path == file.path; });
  tree.push_back(file);
  return tree;
}

RemoteFiles head_without(std::string_view path) {
  RemoteFiles tree = kHead;
  std::erase_if(tree, [&](const hub::RemoteFile& file) { return file.path == path; });
  return tree;
}

TEST(ReleaseTree, EveryTreeOnTheWayIsOurs) {
  EXPECT_EQ(foreign(kHead), "none");
  EXPECT_EQ(foreign(head_with({.path = "README.md", .git_oid = "r2"})), "none");
  EXPECT_EQ(foreign(head_with({.path = "model.bin", .git_oid = "x", .sha256 = "m"})), "none");
  EXPECT_EQ(foreign(head_with({.path = ".slipway.json", .git_oid = "x"})), "none");
  EXPECT_EQ(foreign(head_without("gone.bin")), "none");
}

TEST(ReleaseTree, WhatNeitherHasIsNamed) {
  EXPECT_EQ(foreign(head_with({.path = "evil.py", .git_oid = "e"})), "evil.py");
  EXPECT_EQ(foreign(head_with({.path = "README.md", .git_oid = "r3"})), "README.md");
  EXPECT_EQ(foreign(head_with({.path = "kept.txt", .git_oid = "k2"})), "kept.txt");
  EXPECT_EQ(foreign(head_with({.path = "kept.txt", .git_oid = "k", .sha256 = "large"})), "kept.txt");
  EXPECT_EQ(foreign(head_with({.path = "model.bin", .git_oid = "x", .sha256 = "other"})), "model.bin");
  EXPECT_EQ(foreign(head_with({.path = "gone.bin", .git_oid = "p", .sha256 = "other"})), "gone.bin");
  EXPECT_EQ(foreign(head_without("kept.txt")), "kept.txt");
  EXPECT_EQ(foreign(head_without("README.md")), "README.md");
}

TEST(ReleaseTree, AttributesMayOnlyGainLargeFiles) {
  const std::string before = "*.bin filter=lfs diff=lfs merge=lfs -text\n# words";
  const std::string line = "a.odd filter=lfs diff=lfs merge=lfs -text\n";
  EXPECT_TRUE(only_large_files_added(before, before));
  EXPECT_TRUE(only_large_files_added(before, before + "\n" + line));
  EXPECT_TRUE(only_large_files_added("", line));
  EXPECT_FALSE(only_large_files_added(before, ""));
  EXPECT_FALSE(only_large_files_added(before, before + " more"));
  EXPECT_FALSE(only_large_files_added(before, before + "\n*.txt filter=other\n"));
  EXPECT_FALSE(only_large_files_added(line + line, line));
}

}  // namespace
}  // namespace slipway::flow
