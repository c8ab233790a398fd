#include <gtest/gtest.h>

#include "os/faulty_file_system.h"
#include "os/mem_file_system.h"
#include "os/path.h"

namespace slipway::os {
namespace {

constexpr auto kBothModes = {FaultyFileSystem::Mode::kTransient, FaultyFileSystem::Mode::kPersistent};

struct Place {
  const char* name;
  ReplaceOptions options;
};
const auto kPlaces = {Place{"beside", {}}, Place{"staged", {.staging = "/state", .mode = 0600}}};

void put_old(MemFileSystem& disk) {
  disk.put_dir("/state");
  disk.put("/repo/config.json", "old");
}

// Goal: no failure and no power cut, at any step, shows a reader a mixture or a hole.
// Method: fail call 0, then 1, then 2 ... until a run meets no failure; after each, cut the power, once
// losing all that is not durable, then as luck has it.
TEST(ReplaceFile, KeepsOldOrNewContentWhicheverCallFails) {
  for (const Place& place : kPlaces) {
    for (const auto mode : kBothModes) {
      for (std::uint64_t fail_at = 0, fired = 1; fired != 0; ++fail_at) {
        for (std::uint64_t seed = 0; seed < 16; ++seed) {
          MemFileSystem disk;
          put_old(disk);
          FaultyFileSystem faulty(disk, fail_at, mode);
          const bool saved =
              replace_file(faulty, "/repo/config.json", as_bytes("new"), place.options).has_value();
          seed == 0 ? disk.crash() : disk.crash(seed);
          fired = faulty.fired() ? 1 : 0;

          SCOPED_TRACE(testing::Message()
                       << place.name << ", seed " << seed << ", failed: " << faulty.failed_call());
          const std::string seen = disk.text("/repo/config.json").value_or("<missing>");
          EXPECT_TRUE(seen == "new" || (seen == "old" && !saved)) << seen;  // success means durable
        }
      }
    }
  }
}

// Goal: the power may also go while nothing fails. Method: persistent failure means that nothing after
// it reaches the disk, so every prefix of the calls was cut above; here, what luck keeps is complete.
TEST(ReplaceFile, AfterSuccessNoLuckTakesTheNewContentOrItsMode) {
  for (const Place& place : kPlaces) {
    for (std::uint64_t seed = 0; seed < 64; ++seed) {
      MemFileSystem disk;
      put_old(disk);
      ASSERT_TRUE(replace_file(disk, "/repo/config.json", as_bytes("new"), place.options));
      const FileStat stat = *disk.stat("/repo/config.json");
      disk.crash(seed);
      EXPECT_EQ(disk.text("/repo/config.json"), "new") << place.name << " " << seed;
      EXPECT_EQ(*disk.stat("/repo/config.json"), stat) << place.name << " " << seed;
    }
  }
}

TEST(ReplaceFile, LeavesNoTemporaryFileBehindAFailure) {
  for (std::uint64_t fail_at = 0;; ++fail_at) {
    MemFileSystem disk;
    put_old(disk);
    FaultyFileSystem faulty(disk, fail_at);
    (void)replace_file(faulty, "/repo/config.json", as_bytes("new"));
    EXPECT_EQ(disk.text("/repo/config.json.partial"), std::nullopt) << faulty.failed_call();
    if (!faulty.fired()) break;
  }
}

TEST(ReplaceFile, AFullDiskKeepsTheOldContent) {
  MemFileSystem disk;
  put_old(disk);
  disk.set_free_space(10);
  const auto saved = replace_file(disk, "/repo/config.json", as_bytes("more than ten bytes"));
  ASSERT_FALSE(saved);
  EXPECT_EQ(saved.error().code, ErrorCode::kNoSpace);
  EXPECT_EQ(saved.error().message, "/repo/config.json.partial: No space left on device");
  EXPECT_EQ(disk.text("/repo/config.json"), "old");
  EXPECT_EQ(disk.free_space("/"), 10u);
}

TEST(ReplaceFile, ATemporaryThatIsAFolderIsAnErrorThatNamesIt) {
  MemFileSystem disk;
  disk.put_dir("/repo/a.partial");
  const auto saved = replace_file(disk, "/repo/a", as_bytes("new"));
  ASSERT_FALSE(saved);
  EXPECT_EQ(saved.error().message, "/repo/a.partial: Is a directory");
}

TEST(MakeDirs, AFolderThatWasReportedMadeSurvivesThePowerCut) {
  for (const auto mode : kBothModes) {
    for (std::uint64_t fail_at = 0;; ++fail_at) {
      MemFileSystem disk;
      FaultyFileSystem faulty(disk, fail_at, mode);
      (void)make_dirs(faulty, "/a/b/c");
      ASSERT_TRUE(make_dirs(disk, "/a/b/c")) << faulty.failed_call();  // the next run
      disk.crash();
      EXPECT_EQ(exists(disk, "/a/b/c"), true) << faulty.failed_call();
      if (!faulty.fired()) break;
    }
  }
}

}  // namespace
}  // namespace slipway::os
