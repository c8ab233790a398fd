#include "run/walk.h"

#include <gtest/gtest.h>

#include <algorithm>

#include <fmt/format.h>
#include "os/mem_file_system.h"

namespace slipway::run {
namespace {

std::string refusal_of(os::MemFileSystem& fs, const std::vector<os::Path>& followed = {}) {
  const auto walked = walk(fs, "/run", followed);
  if (walked) return "";
  EXPECT_EQ(walked.error().code, ErrorCode::kRefused);
  return walked.error().message;
}

TEST(Walk, RefusesByNameALinkThatLeadsBackToWhereItWasReachedFrom) {
  for (const char* back : {"/data", "/data/set", "/", "/data/other", "/run/.."}) {
    os::MemFileSystem fs;
    fs.put("/data/set/deep/a.txt", "a");
    fs.put_dir("/data/other");
    fs.put_symlink("../set/deep", "/data/other/again");
    fs.put_symlink("/data/set", "/run/set");
    EXPECT_EQ(refusal_of(fs, {"/"}), "");
    fs.put_symlink(back, "/data/set/deep/back");
    const std::string refusal = refusal_of(fs, {"/"});
    EXPECT_TRUE(refusal.starts_with("/run/set/deep/back")) << back << ": " << refusal;
    EXPECT_NE(refusal.find("is a link back to"), std::string::npos) << refusal;
  }
}

TEST(Walk, ReadsAFolderUnderEachOfItsNames) {
  os::MemFileSystem fs;
  fs.put("/data/a.txt", "a");
  fs.put_symlink("/data", "/run/one");
  fs.put_symlink("/data", "/run/two");
  const Walked walked = walk(fs, "/run", {"/data"}).value();
  for (const char* path : {"one/a.txt", "two/a.txt"})
    EXPECT_EQ(std::ranges::count(walked.files, path, &RunFile::path), 1) << path;
}

// Ten links to the next folder in each: ten times as many names a step, and no loop.
TEST(Walk, RefusesFoldersWithoutNumber) {
  os::MemFileSystem fs;
  for (int step = 0; step < 6; ++step) {
    for (int link = 0; link < 10; ++link)
      fs.put_symlink(fmt::format("/data/{}", step + 1), fmt::format("/data/{}/{}", step, link));
  }
  fs.put_dir("/data/6");
  fs.put_symlink("/data/0", "/run/set");
  EXPECT_TRUE(refusal_of(fs, {"/data"}).starts_with("/run holds more than 100000 folders"));
}

TEST(Walk, RefusesByNameWhatLiesTooDeepToBeRead) {
  os::MemFileSystem fs;
  std::string deep = "d1";
  for (std::size_t i = 2; i < kRunDepthMax; ++i) deep += fmt::format("/d{}", i);
  fs.put("/run/" + deep + "/file", "x");
  EXPECT_EQ(std::ranges::count(walk(fs, "/run").value().files, deep + "/file", &RunFile::path), 1);
  fs.put("/run/" + deep + "/d/file", "x");
  EXPECT_TRUE(refusal_of(fs).starts_with("/run/" + deep + "/d lies more than 63 folders deep"));
}

}  // namespace
}  // namespace slipway::run
