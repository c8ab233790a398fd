#include "os/mem_file_system.h"

#include <gtest/gtest.h>

#include <set>

#include "os/path.h"

namespace slipway::os {
namespace {

void write(FileSystem& fs, const Path& path, std::string_view text, bool synced) {
  auto file = fs.create_new(path);
  ASSERT_TRUE(file && (*file)->write_at(0, as_bytes(text)));
  ASSERT_TRUE(!synced || (*file)->sync());
}

void overwrite(FileSystem& fs, const Path& path, std::string_view text) {
  auto file = fs.open_write(path);
  ASSERT_TRUE(file && (*file)->write_at(0, as_bytes(text)));
}

TEST(MemFileSystem, ANameWithoutSyncDirIsForgotten) {
  MemFileSystem disk;
  write(disk, "/a", "text", true);
  EXPECT_EQ(disk.text("/a"), "text");
  disk.crash();
  EXPECT_EQ(disk.text("/a"), std::nullopt);
}

TEST(MemFileSystem, ADurableNameWithoutSyncedDataIsEmpty) {
  MemFileSystem disk;
  write(disk, "/a", "text", false);
  ASSERT_TRUE(disk.sync_dir("/"));
  disk.crash();
  EXPECT_EQ(disk.text("/a"), "");
}

TEST(MemFileSystem, UnsyncedWritesFallBackToTheLastSyncedData) {
  MemFileSystem disk;
  disk.put("/a", "first");
  overwrite(disk, "/a", "FIRST");
  EXPECT_EQ(disk.text("/a"), "FIRST");
  disk.crash();
  EXPECT_EQ(disk.text("/a"), "first");
}

TEST(MemFileSystem, RenamesAndRemovalsComeBackUntilTheFolderIsSynced) {
  MemFileSystem disk;
  disk.put("/d/a", "A");
  disk.put("/d/b", "B");
  disk.put("/d/c", "C");
  ASSERT_TRUE(disk.rename("/d/a", "/d/b"));
  ASSERT_TRUE(disk.remove("/d/c"));
  disk.crash();
  EXPECT_EQ(disk.text("/d/a"), "A");
  EXPECT_EQ(disk.text("/d/b"), "B");
  EXPECT_EQ(disk.text("/d/c"), "C");
  ASSERT_TRUE(disk.rename("/d/a", "/d/b"));
  ASSERT_TRUE(disk.remove("/d/c"));
  ASSERT_TRUE(disk.sync_dir("/d"));
  disk.crash();
  EXPECT_EQ(disk.text("/d/b"), "A");
  EXPECT_EQ(disk.tree("/d").size(), 1u);
}

TEST(MemFileSystem, SyncingAFolderSaysNothingAboutItsOwnName) {
  MemFileSystem disk;
  ASSERT_TRUE(disk.make_dir("/d"));
  write(disk, "/d/a", "text", true);
  ASSERT_TRUE(disk.sync_dir("/d"));
  disk.crash();
  EXPECT_TRUE(disk.tree().empty());
}

TEST(MemFileSystem, ARenameBetweenFoldersNeverLosesTheFile) {
  for (const char* synced : {"/from", "/to"}) {
    MemFileSystem disk;
    disk.put("/from/a", "text");
    disk.put_dir("/to");
    ASSERT_TRUE(disk.rename("/from/a", "/to/b"));
    ASSERT_TRUE(disk.sync_dir(synced));
    disk.crash();
    EXPECT_EQ(disk.text("/to/b"), "text") << synced;
  }
}

TEST(MemFileSystem, ALaterSyncDoesNotBringBackAnOlderName) {
  MemFileSystem disk;
  disk.put("/from/new", "new");
  disk.put_dir("/to");
  write(disk, "/to/x", "old", true);
  ASSERT_TRUE(disk.rename("/from/new", "/to/x"));
  ASSERT_TRUE(disk.sync_dir("/from"));  // takes the new name along
  ASSERT_TRUE(disk.sync_dir("/to"));
  disk.crash();
  EXPECT_EQ(disk.text("/to/x"), "new");
}

TEST(MemFileSystem, AModeLastsAfterSync) {
  MemFileSystem disk;
  disk.put("/a", "text", 0644);
  ASSERT_TRUE(disk.set_mode("/a", 0600));
  disk.crash();
  EXPECT_EQ(disk.stat("/a")->mode, 0644u);
  ASSERT_TRUE(disk.set_mode("/a", 0600));
  ASSERT_TRUE((*disk.open_write("/a"))->sync());
  disk.crash();
  EXPECT_EQ(disk.stat("/a")->mode, 0600u);
}

TEST(MemFileSystem, SeedsMeetEveryOutcomeAndRepeatThemselves) {
  const auto crashed = [](std::uint64_t seed) {
    MemFileSystem disk;
    disk.put("/old", "old");
    disk.put("/data", "old");
    write(disk, "/new", "new", true);
    EXPECT_TRUE(disk.remove("/old"));
    overwrite(disk, "/data", "NEW");
    disk.crash(seed);
    return std::tuple(disk.text("/old").has_value(), disk.text("/new").has_value(), *disk.text("/data"));
  };
  std::set<std::tuple<bool, bool, std::string>> outcomes;
  for (std::uint64_t seed = 0; seed < 200; ++seed) outcomes.insert(crashed(seed));
  EXPECT_EQ(outcomes.size(), 8u);  // each of three things kept or lost by itself
  EXPECT_EQ(crashed(7), crashed(7));
}

TEST(MemFileSystem, ASeededCrashCanTearALongWrite) {
  std::set<std::string> outcomes;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    MemFileSystem disk;
    disk.put("/a", std::string(1024, 'o'));
    overwrite(disk, "/a", std::string(1024, 'n'));
    disk.crash(seed);
    outcomes.insert(*disk.text("/a"));
  }
  EXPECT_EQ(outcomes.size(), 4u);  // two sectors, each old or new
}

TEST(MemFileSystem, AMovedFolderNeverEndsUpInsideItself) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    MemFileSystem disk;
    disk.put("/p/q/file", "text");
    ASSERT_TRUE(disk.rename("/p/q", "/q"));
    ASSERT_TRUE(disk.rename("/p", "/q/p"));
    disk.crash(seed);
    EXPECT_TRUE(disk.text("/p/q/file") || disk.text("/q/file")) << seed;
  }
}

TEST(MemFileSystem, FilesAndLocksOfBeforeTheCrashAreDead) {
  MemFileSystem disk;
  disk.put("/a", "text");
  disk.put("/lock", "");
  const auto reader = disk.open_read("/a");
  const auto writer = disk.open_write("/a");
  auto old_lock = disk.lock("/lock");
  ASSERT_TRUE(reader && writer && old_lock);
  disk.crash();
  ByteVector out(1);
  EXPECT_FALSE((*reader)->read_at(0, out));
  EXPECT_FALSE((*writer)->write_at(0, as_bytes("x")));
  EXPECT_FALSE((*writer)->sync());
  const auto lock = disk.lock("/lock");
  EXPECT_TRUE(lock);
  old_lock->reset();  // must not release what another holds now
  EXPECT_FALSE(disk.lock("/lock"));
}

TEST(MemFileSystem, AFullDiskTakesWhatFitsAndSaysSo) {
  MemFileSystem disk;
  disk.put("/a", "12345");
  disk.set_free_space(3);
  EXPECT_EQ(disk.free_space("/"), 3u);
  const auto file = disk.open_write("/a");
  const auto written = (*file)->write_at(5, as_bytes("6789"));
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, ErrorCode::kNoSpace);
  EXPECT_EQ(disk.text("/a"), "12345678");
  EXPECT_FALSE((*file)->preallocate(9));
  ASSERT_TRUE((*file)->truncate(0));
  EXPECT_EQ(disk.free_space("/"), 8u);
  ASSERT_TRUE((*file)->preallocate(8));
  EXPECT_EQ(disk.free_space("/"), 0u);
  EXPECT_TRUE((*file)->write_at(0, as_bytes("12345678")));
}

TEST(MemFileSystem, ChangesCountWhatChangesAndNothingElse) {
  MemFileSystem disk;
  disk.put("/d/a", "text");
  const auto before = disk.changes();
  (void)disk.list("/d");
  (void)disk.stat("/d/a");
  (void)read_file(disk, "/d/a", 10);
  (void)disk.create_new("/d/a");
  EXPECT_EQ(disk.changes(), before);
  ASSERT_TRUE(disk.set_mode("/d/a", 0600));
  EXPECT_GT(disk.changes(), before);
}

TEST(MemFileSystem, LoadsAFolderOfAnotherDiskWithModesAndLinks) {
  MemFileSystem from;
  from.put("/x/run/a", "A", 0600);
  from.put("/x/run/sub/b", "B");
  from.put("/x/elsewhere", "E");
  from.put_symlink("sub/b", "/x/run/inside");
  from.put_symlink("../elsewhere", "/x/run/outside");
  MemFileSystem to;
  ASSERT_TRUE(to.load_from(from, "/x/run", "/copy"));
  to.crash();
  const MemTree tree = to.tree("/copy");
  EXPECT_EQ(tree.size(), 5u);
  EXPECT_EQ(tree.at("/copy/a"), (MemTreeEntry{FileKind::kFile, 0600, "A"}));
  EXPECT_EQ(tree.at("/copy/inside").content, "/copy/sub/b");
  EXPECT_EQ(tree.at("/copy/outside").content, "/x/elsewhere");
  EXPECT_EQ(to.text("/copy/inside"), "B");
  EXPECT_EQ(to.stat("/copy/a")->mtime_ns, from.stat("/x/run/a")->mtime_ns);
}

}  // namespace
}  // namespace slipway::os
