#include "os/faulty_file_system.h"

#include <gtest/gtest.h>

#include <cerrno>

#include "os/counting_file_system.h"
#include "os/mem_file_system.h"

namespace slipway::os {
namespace {

TEST(FaultyFileSystem, FailsOnceOrFromThenOn) {
  for (const auto mode : {FaultyFileSystem::Mode::kTransient, FaultyFileSystem::Mode::kPersistent}) {
    MemFileSystem disk;
    FaultyFileSystem faulty(disk, 1, mode);
    EXPECT_TRUE(faulty.list("/"));
    EXPECT_FALSE(faulty.fired());
    const auto failed = faulty.make_dir("/d");
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().message, "/d: Input/output error");
    EXPECT_EQ(failed.error().os_error, EIO);
    EXPECT_TRUE(faulty.fired());
    EXPECT_EQ(faulty.failed_call(), "make_dir /d");
    EXPECT_EQ(faulty.list("/").has_value(), mode == FaultyFileSystem::Mode::kTransient);
    EXPECT_EQ(faulty.calls(), 3u);
    EXPECT_TRUE(disk.tree().empty());
  }
}

TEST(FaultyFileSystem, FailsTheCallsOfOpenFilesToo) {
  MemFileSystem disk;
  disk.put("/a", "12345678");
  for (std::uint64_t fail_at = 2; fail_at < 9; ++fail_at) {
    FaultyFileSystem faulty(disk, fail_at, FaultyFileSystem::Mode::kTransient, ErrorCode::kNoSpace);
    auto reader = faulty.open_read("/a");
    auto writer = faulty.open_write("/a");
    ASSERT_TRUE(reader && writer);
    ByteVector out(4);
    const std::vector<bool> done{(*reader)->read_at(0, out).has_value(),
                                 (*reader)->stat().has_value(),
                                 (*writer)->write_at(0, as_bytes("12345678")).has_value(),
                                 (*writer)->preallocate(8).has_value(),
                                 (*writer)->copy_range(**reader, 0, 0, 4).has_value(),
                                 (*writer)->truncate(8).has_value(),
                                 (*writer)->sync().has_value()};
    std::vector<bool> expected(7, true);
    expected[fail_at - 2] = false;
    EXPECT_EQ(done, expected) << faulty.failed_call();
    EXPECT_EQ(faulty.calls(), 9u);
  }
}

TEST(FaultyFileSystem, AFailedWriteHasWrittenItsFirstHalf) {
  MemFileSystem disk;
  disk.put("/a", "oooo");
  FaultyFileSystem faulty(disk, 1);
  EXPECT_FALSE((*faulty.open_write("/a"))->write_at(0, as_bytes("nnnn")));
  EXPECT_EQ(disk.text("/a"), "nnoo");
}

TEST(CountingFileSystem, CountsCallsAndBytesByKind) {
  MemFileSystem disk;
  disk.put("/a", "12345678");
  CountingFileSystem counting(disk);
  auto reader = counting.open_read("/a");
  auto writer = counting.create_new("/b");
  ASSERT_TRUE(reader && writer);
  ByteVector out(100);
  ASSERT_TRUE((*reader)->read_at(2, out));
  ASSERT_TRUE((*writer)->write_at(0, as_bytes("abc")));
  ASSERT_TRUE((*writer)->copy_range(**reader, 0, 3, 5));
  EXPECT_FALSE(counting.stat("/gone"));
  EXPECT_EQ(counting.bytes_read(), 6u);
  EXPECT_EQ(counting.bytes_written(), 3u);
  EXPECT_EQ(counting.bytes_copied(), 5u);
  EXPECT_EQ(counting.calls(FileCall::kStat), 1u);
  EXPECT_EQ(counting.all_calls(), 6u);
  EXPECT_EQ(file_call_name(FileCall::kSync), "sync");
}

}  // namespace
}  // namespace slipway::os
