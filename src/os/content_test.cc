#include "slipway/content.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <thread>

#include "base/hash.h"
#include "os/counting_file_system.h"
#include "os/mem_file_system.h"

namespace slipway {
namespace {

ContentPtr file_at(os::FileSystem& fs, const os::Path& path, std::uint64_t offset, std::uint64_t size) {
  return file_content(fs, path, *fs.stat(path), offset, size);
}

void overwrite(os::FileSystem& fs, const os::Path& path, std::string_view text) {
  const auto file = fs.open_write(path);
  ASSERT_TRUE(file && (*file)->write_at(0, as_bytes(text)));
}

template <class T>
std::string failure_of(const Result<T>& result) {
  return result ? "" : fmt::format("{}: {}", error_kind(result.error().code), result.error().message);
}

constexpr const char* kChangedMessage =
    "changed: /w: changed since it was looked at; wait until nothing writes to it, then run the same command "
    "again";

TEST(Content, EveryRangeOfAJoinedContentIsTheRangeOfTheWhole) {
  os::MemFileSystem disk;
  disk.put("/w", "0123456789");
  const auto content = joined_content({literal_content("ab"), literal_content(""), file_at(disk, "/w", 2, 5),
                                       literal_content(""), joined_content({}), literal_content("z")});
  const std::string whole = "ab23456z";
  ASSERT_EQ(content->size_bytes(), whole.size());
  for (std::size_t offset = 0; offset <= whole.size(); ++offset) {
    for (std::size_t size = 0; offset + size <= whole.size(); ++size) {
      ByteVector out(size);
      ASSERT_TRUE(content->read(offset, out));
      EXPECT_EQ(as_text(out), whole.substr(offset, size));
    }
  }
}

TEST(Content, ReadingBeyondTheSizeIsABugAndSaidSo) {
  os::MemFileSystem disk;
  disk.put("/w", "0123456789");
  ByteVector out(3);
  for (const auto& content :
       {literal_content("ab"), joined_content({literal_content("ab")}), file_at(disk, "/w", 0, 2)}) {
    EXPECT_THROW((void)content->read(0, out), BrokenInvariant);
    EXPECT_THROW((void)content->read(UINT64_MAX, out), BrokenInvariant);
  }
}

TEST(FileContent, AFileThatChangedBeforeTheFirstReadIsNamed) {
  os::MemFileSystem disk;
  disk.put("/w", "0123456789");
  const auto content = file_at(disk, "/w", 0, 10);
  overwrite(disk, "/w", "other");
  EXPECT_EQ(failure_of(read_all(*content, 100)), kChangedMessage);
}

TEST(FileContent, AFileThatChangesBetweenTwoReadsIsNamed) {
  os::MemFileSystem disk;
  disk.put("/w", "0123456789");
  const auto content = file_at(disk, "/w", 0, 10);
  ByteVector out(4);
  ASSERT_TRUE(content->read(0, out));
  overwrite(disk, "/w", "other");
  EXPECT_EQ(failure_of(content->read(4, out)), kChangedMessage);
}

TEST(FileContent, AFileCutWhileItIsReadHasChangedAndIsNotCorrupt) {
  os::MemFileSystem disk;
  disk.put("/w", "0123456789");
  const auto content = file_at(disk, "/w", 0, 10);
  ByteVector out(4);
  ASSERT_TRUE(content->read(0, out));
  ASSERT_TRUE((*disk.open_write("/w"))->truncate(5));
  EXPECT_EQ(failure_of(content->read(4, out)), kChangedMessage);
}

TEST(FileContent, AFileShorterThanItsRangeEndsEarly) {
  os::MemFileSystem disk;
  disk.put("/w", "0123456789");
  EXPECT_EQ(failure_of(read_all(*file_at(disk, "/w", 5, 10), 100)),
            "corrupt_data: /w ends early: 10 bytes wanted at 5, 5 there");
}

TEST(FileContent, AMissingFileIsFoundMissingAtTheFirstRead) {
  os::MemFileSystem disk;
  const auto content = file_content(disk, "/gone", {}, 0, 1);
  EXPECT_EQ(failure_of(read_all(*content, 10)), "not_found: /gone: No such file or directory");
}

TEST(FileContent, StaysOpenBetweenReadsAndClosesAtItsEnd) {
  os::MemFileSystem disk;
  disk.put("/w", "0123456789");
  os::CountingFileSystem counting(disk);
  const auto content = file_at(counting, "/w", 0, 10);
  EXPECT_EQ(counting.calls(os::FileCall::kOpenRead), 0u);
  ByteVector out(5);
  for (int pass = 1; pass <= 3; ++pass) {
    ASSERT_TRUE(content->read(0, out) && content->read(5, out));
    EXPECT_EQ(counting.calls(os::FileCall::kOpenRead), static_cast<std::uint64_t>(pass));
  }
  EXPECT_EQ(counting.bytes_read(), 30u);
}

TEST(FileContent, ManyThreadsReadTheSameBytes) {
  os::MemFileSystem disk;
  disk.put("/w", "0123456789");
  const auto content = file_at(disk, "/w", 0, 10);
  std::vector<std::string> seen(4);
  {
    std::vector<std::jthread> readers;
    for (std::string& text : seen) {
      readers.emplace_back([&] {
        for (int pass = 0; pass < 100; ++pass) text = read_all(*content, 10).value_or("failed");
      });
    }
  }
  EXPECT_EQ(seen, std::vector<std::string>(4, "0123456789"));
}

TEST(Content, IsABodyThatCanBeReadTwice) {
  const auto body = content_body(literal_content("hello"));
  ASSERT_EQ(body->size_bytes(), 5u);
  for (int pass = 0; pass < 2; ++pass) {
    ByteVector out(5);
    ASSERT_TRUE(body->read(0, out));
    EXPECT_EQ(as_text(out), "hello");
  }
}

TEST(Content, ReadAllRefusesWhatIsTooLarge) {
  EXPECT_EQ(read_all(*literal_content("hello"), 5), "hello");
  EXPECT_EQ(failure_of(read_all(*literal_content("hello"), 4)).substr(0, 8), "refused:");
}

TEST(Digest, IsThatOfTheBytesHoweverManyPiecesTheyTake) {
  std::string text;
  for (const std::size_t size : {0u, 1u, (1u << 20) - 1, 1u << 20, (2u << 20) + 17}) {
    while (text.size() < size) text += static_cast<char>('a' + text.size() % 23);
    const auto digests = digest(*literal_content(text));
    ASSERT_TRUE(digests);
    EXPECT_EQ(digests->sha256, sha256_hex(as_bytes(text))) << size;
    EXPECT_EQ(digests->git_blob_sha1, git_blob_sha1(as_bytes(text))) << size;
  }
}

}  // namespace
}  // namespace slipway
