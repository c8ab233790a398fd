// Goal: whoever writes against FileSystem may test on one disk and run on another.
// Method: the same suite over the machine's disk, the disk in memory, and a wrapper that never fails.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "os/counting_file_system.h"
#include "os/faulty_file_system.h"
#include "os/mem_file_system.h"
#include "os/path.h"
#include "os/posix_file_system.h"
#include "support/temporary_folder.h"

namespace slipway::os {
namespace {

// A disk to test, and the one thing that a FileSystem cannot do itself.
class Ground {
 public:
  virtual ~Ground() = default;
  virtual FileSystem& files() = 0;
  virtual Path root() = 0;
  virtual void make_symlink(const Path& target, const Path& path) = 0;
};

class PosixGround : public Ground {
 public:
  FileSystem& files() override { return files_; }
  Path root() override { return root_; }
  void make_symlink(const Path& target, const Path& path) override {
    std::filesystem::create_symlink(target, path);
  }

 protected:
  PosixFileSystem files_;
  slipway::testing::TemporaryFolder folder_;
  Path root_ = std::filesystem::canonical(folder_.path()).string();
};

class MemGround : public Ground {
 public:
  MemGround() { files_.put_dir("/root"); }
  FileSystem& files() override { return files_; }
  Path root() override { return "/root"; }
  void make_symlink(const Path& target, const Path& path) override { files_.put_symlink(target, path); }

 protected:
  MemFileSystem files_;
};

class FaultyMemGround : public MemGround {
 public:
  FileSystem& files() override { return faulty_; }

 private:
  FaultyFileSystem faulty_{files_};
};

class CountingPosixGround : public PosixGround {
 public:
  FileSystem& files() override { return counting_; }

 private:
  CountingFileSystem counting_{files_};
};

struct Disk {
  std::string name;
  std::unique_ptr<Ground> (*make)();
};
template <class T>
std::unique_ptr<Ground> make() {
  return std::make_unique<T>();
}
void PrintTo(const Disk& disk, std::ostream* out) { *out << disk.name; }

template <class T>
ErrorCode code_of(const Result<T>& result) {
  return result ? ErrorCode{} : result.error().code;
}

class FileSystemConformance : public ::testing::TestWithParam<Disk> {
 protected:
  Path at(std::string_view name) const { return join(ground_->root(), name); }
  void write(const Path& path, std::string_view text) {
    auto file = files_.create_new(path);
    ASSERT_TRUE(file) << file.error().message;
    ASSERT_TRUE((*file)->write_at(0, as_bytes(text)));
    ASSERT_TRUE((*file)->sync());
  }
  std::string read(const Path& path) {
    const auto text = read_file(files_, path, 1 << 20);
    return text ? *text : "<" + text.error().message + ">";
  }

  const std::unique_ptr<Ground> ground_ = GetParam().make();
  FileSystem& files_ = ground_->files();
};

INSTANTIATE_TEST_SUITE_P(Disks, FileSystemConformance,
                         ::testing::Values(Disk{"Posix", &make<PosixGround>}, Disk{"Mem", &make<MemGround>},
                                           Disk{"FaultyMem", &make<FaultyMemGround>},
                                           Disk{"CountingPosix", &make<CountingPosixGround>}),
                         [](const auto& test) { return test.param.name; });

TEST_P(FileSystemConformance, MakesALinkThatSaysItsTargetWordForWord) {
  ASSERT_TRUE(files_.make_dir(at("blobs")));
  ASSERT_TRUE(replace_file(files_, at("blobs/x"), as_bytes("bytes")));
  ASSERT_TRUE(files_.make_symlink("blobs/x", at("link")));
  EXPECT_EQ(read_file(files_, at("link"), 100).value(), "bytes");
  EXPECT_EQ(files_.link_stat(at("link"))->kind, FileKind::kSymlink);
  EXPECT_EQ(code_of(files_.make_symlink("other", at("link"))), ErrorCode::kAlreadyExists);
}

TEST_P(FileSystemConformance, ReadsBackWhatWasWritten) {
  write(at("a"), "hello");
  EXPECT_EQ(read(at("a")), "hello");
  const auto file = files_.open_read(at("a"));
  ASSERT_TRUE(file);
  ByteVector out(3);
  EXPECT_EQ((*file)->read_at(1, out), 3u);
  EXPECT_EQ(as_text(out), "ell");
  EXPECT_EQ((*file)->read_at(3, out), 2u);
  EXPECT_EQ((*file)->read_at(5, out), 0u);
  EXPECT_EQ((*file)->read_at(500, out), 0u);
}

TEST_P(FileSystemConformance, ReadExactNamesTheFileThatEndsEarly) {
  write(at("a"), "hello");
  const auto file = files_.open_read(at("a"));
  ASSERT_TRUE(file);
  ByteVector out(5);
  EXPECT_TRUE((*file)->read_exact(0, out));
  const auto cut = (*file)->read_exact(1, out);
  ASSERT_EQ(code_of(cut), ErrorCode::kCorruptData);
  EXPECT_EQ(cut.error().message, at("a") + " ends early: 5 bytes wanted at 1, 4 there");
}

TEST_P(FileSystemConformance, WritingPastTheEndLeavesZeros) {
  write(at("a"), "x");
  const auto file = files_.open_write(at("a"));
  ASSERT_TRUE(file);
  ASSERT_TRUE((*file)->write_at(3, as_bytes("y")));
  EXPECT_EQ(read(at("a")), std::string("x\0\0y", 4));
}

TEST_P(FileSystemConformance, TruncateCutsAndGrows) {
  write(at("a"), "hello");
  const auto file = files_.open_write(at("a"));
  ASSERT_TRUE(file);
  ASSERT_TRUE((*file)->truncate(2));
  EXPECT_EQ(read(at("a")), "he");
  ASSERT_TRUE((*file)->truncate(4));
  EXPECT_EQ(read(at("a")), std::string("he\0\0", 4));
}

TEST_P(FileSystemConformance, PreallocateKeepsTheSize) {
  const auto file = files_.create_new(at("a"));
  ASSERT_TRUE(file);
  EXPECT_TRUE((*file)->preallocate(0));
  EXPECT_TRUE((*file)->preallocate(1 << 20));
  ASSERT_TRUE((*file)->write_at(0, as_bytes("abc")));
  EXPECT_EQ(read(at("a")), "abc");
}

TEST_P(FileSystemConformance, OffsetsBeyondTheKernelsAreRefused) {
  const auto file = files_.create_new(at("a"));
  ASSERT_TRUE(file);
  EXPECT_EQ(code_of((*file)->write_at(UINT64_MAX, as_bytes("x"))), ErrorCode::kIo);
  EXPECT_EQ(code_of((*file)->truncate(UINT64_MAX)), ErrorCode::kIo);
  EXPECT_EQ(code_of((*file)->preallocate(UINT64_MAX)), ErrorCode::kIo);
}

TEST_P(FileSystemConformance, CopiesRangesOfAnyLength) {
  std::string text;
  for (int i = 0; text.size() < 2'500'000; ++i) text += std::to_string(i);
  write(at("from"), text);
  const auto source = files_.open_read(at("from"));
  const auto target = files_.create_new(at("to"));
  ASSERT_TRUE(source && target);
  ASSERT_TRUE((*target)->write_at(0, as_bytes("head")));
  ASSERT_TRUE((*target)->copy_range(**source, 17, 4, 2'400'000));
  ASSERT_TRUE((*target)->copy_range(**source, 0, 0, 0));
  EXPECT_EQ(read_file(files_, at("to"), 3'000'000), "head" + text.substr(17, 2'400'000));
}

TEST_P(FileSystemConformance, CopyingPastTheEndIsAnErrorThatNamesTheSource) {
  write(at("from"), "hello");
  const auto source = files_.open_read(at("from"));
  const auto target = files_.create_new(at("to"));
  ASSERT_TRUE(source && target);
  const auto copied = (*target)->copy_range(**source, 2, 0, 4);
  ASSERT_EQ(code_of(copied), ErrorCode::kCorruptData);
  EXPECT_NE(copied.error().message.find(at("from")), std::string::npos) << copied.error().message;
}

TEST_P(FileSystemConformance, CopiesFromAFileOfAnotherDisk) {
  MemFileSystem other;
  other.put("/x", "from elsewhere");
  const auto source = other.open_read("/x");
  const auto target = files_.create_new(at("to"));
  ASSERT_TRUE(source && target);
  ASSERT_TRUE((*target)->copy_range(**source, 5, 0, 9));
  EXPECT_EQ(read(at("to")), "elsewhere");
}

TEST_P(FileSystemConformance, CreateNewNeverTakesAnExistingName) {
  write(at("a"), "old");
  ASSERT_TRUE(files_.make_dir(at("folder")));
  ground_->make_symlink("nowhere", at("dangling"));
  for (const char* name : {"a", "folder", "dangling"}) {
    EXPECT_EQ(code_of(files_.create_new(at(name))), ErrorCode::kAlreadyExists) << name;
  }
  EXPECT_EQ(exists(files_, at("nowhere")), false);
  EXPECT_EQ(read(at("a")), "old");
}

TEST_P(FileSystemConformance, CreateNewSetsAGivenModeExactly) {
  ASSERT_TRUE(files_.create_new(at("a"), 0666));
  ASSERT_TRUE(files_.create_new(at("b"), 0400));
  EXPECT_EQ(files_.stat(at("a"))->mode, 0666u);
  EXPECT_EQ(files_.stat(at("b"))->mode, 0400u);
  ASSERT_TRUE(files_.set_mode(at("a"), 0640));
  EXPECT_EQ(files_.stat(at("a"))->mode, 0640u);
}

TEST_P(FileSystemConformance, MissingNamesAreNotFoundAndNamed) {
  write(at("file"), "");
  const Path gone = at("gone");
  for (const Path& path : {gone, at("no/such"), at("file/below")}) {
    EXPECT_EQ(code_of(files_.open_read(path)), ErrorCode::kNotFound) << path;
    EXPECT_EQ(code_of(files_.open_write(path)), ErrorCode::kNotFound) << path;
    EXPECT_EQ(code_of(files_.stat(path)), ErrorCode::kNotFound) << path;
    EXPECT_EQ(code_of(files_.link_stat(path)), ErrorCode::kNotFound) << path;
    EXPECT_EQ(code_of(files_.list(path)), ErrorCode::kNotFound) << path;
    EXPECT_EQ(code_of(files_.remove(path)), ErrorCode::kNotFound) << path;
    EXPECT_EQ(code_of(files_.remove_dir(path)), ErrorCode::kNotFound) << path;
    EXPECT_EQ(code_of(files_.sync_dir(path)), ErrorCode::kNotFound) << path;
    EXPECT_EQ(code_of(files_.real_path(path)), ErrorCode::kNotFound) << path;
    EXPECT_EQ(code_of(files_.set_mode(path, 0600)), ErrorCode::kNotFound) << path;
    EXPECT_EQ(code_of(files_.free_space(path)), ErrorCode::kNotFound) << path;
    EXPECT_EQ(code_of(files_.rename(path, at("x"))), ErrorCode::kNotFound) << path;
    EXPECT_EQ(exists(files_, path), false) << path;
  }
  EXPECT_EQ(code_of(files_.make_dir(at("no/such"))), ErrorCode::kNotFound);
  EXPECT_EQ(code_of(files_.create_new(at("no/such"))), ErrorCode::kNotFound);
  EXPECT_EQ(code_of(files_.lock(at("no/such"))), ErrorCode::kNotFound);
  EXPECT_EQ(files_.open_read(gone).error().message, gone + ": No such file or directory");
}

TEST_P(FileSystemConformance, OddPathsAreRefusedNotGuessed) {
  write(at("a"), "kept");
  EXPECT_EQ(code_of(files_.open_read("")), ErrorCode::kNotFound);
  EXPECT_EQ(code_of(files_.remove(at("a") + std::string("\0b", 2))), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code_of(files_.create_new(at(std::string(256, 'n')))), ErrorCode::kIo);
  EXPECT_EQ(code_of(files_.open_read(at("a/"))), ErrorCode::kNotFound);
  EXPECT_EQ(code_of(files_.open_read(at("a/../a"))), ErrorCode::kNotFound);
  EXPECT_EQ(read(at("./a")), "kept");
}

TEST_P(FileSystemConformance, FoldersAreNoFiles) {
  ASSERT_TRUE(files_.make_dir(at("d")));
  write(at("f"), "");
  EXPECT_EQ(code_of(files_.open_read(at("d"))), ErrorCode::kIo);
  EXPECT_EQ(code_of(files_.open_write(at("d"))), ErrorCode::kIo);
  EXPECT_EQ(code_of(files_.remove(at("d"))), ErrorCode::kIo);
  EXPECT_EQ(code_of(files_.make_dir(at("d"))), ErrorCode::kAlreadyExists);
  EXPECT_EQ(code_of(files_.make_dir(at("f"))), ErrorCode::kAlreadyExists);
  EXPECT_EQ(code_of(files_.sync_dir(at("f"))), ErrorCode::kNotFound);
  EXPECT_TRUE(files_.sync_dir(at("d")));
}

TEST_P(FileSystemConformance, OnlyEmptyFoldersAreRemoved) {
  ASSERT_TRUE(files_.make_dir(at("d")));
  write(at("d/f"), "");
  EXPECT_EQ(code_of(files_.remove_dir(at("d"))), ErrorCode::kIo);
  ASSERT_TRUE(files_.remove(at("d/f")));
  EXPECT_TRUE(files_.remove_dir(at("d")));
  EXPECT_EQ(exists(files_, at("d")), false);
}

TEST_P(FileSystemConformance, RenameReplacesFilesAndMovesFolders) {
  write(at("a"), "new");
  write(at("b"), "old");
  ASSERT_TRUE(files_.rename(at("a"), at("b")));
  EXPECT_EQ(read(at("b")), "new");
  EXPECT_EQ(exists(files_, at("a")), false);
  ASSERT_TRUE(files_.make_dir(at("d")));
  write(at("d/f"), "deep");
  ASSERT_TRUE(files_.rename(at("d"), at("e")));
  EXPECT_EQ(read(at("e/f")), "deep");
  EXPECT_EQ(code_of(files_.rename(at("e"), at("e/inside"))), ErrorCode::kIo);
  EXPECT_EQ(code_of(files_.rename(at("b"), at("e"))), ErrorCode::kIo);
  EXPECT_EQ(code_of(files_.rename(at("e"), at("b"))), ErrorCode::kNotFound);  // ENOTDIR
  ASSERT_TRUE(files_.make_dir(at("g")));
  EXPECT_EQ(code_of(files_.rename(at("g"), at("e"))), ErrorCode::kIo);
  EXPECT_TRUE(files_.rename(at("e"), at("g")));
  EXPECT_EQ(read(at("g/f")), "deep");
}

TEST_P(FileSystemConformance, AnOpenFileSurvivesRenameAndRemoval) {
  write(at("a"), "first");
  const auto file = files_.open_read(at("a"));
  ASSERT_TRUE(file);
  write(at("b"), "other");
  ASSERT_TRUE(files_.rename(at("b"), at("a")));
  ByteVector out(5);
  ASSERT_TRUE((*file)->read_exact(0, out));
  EXPECT_EQ(as_text(out), "first");
  ASSERT_TRUE(files_.remove(at("a")));
  ASSERT_TRUE((*file)->read_exact(0, out));
}

TEST_P(FileSystemConformance, ListsSortedWithKinds) {
  ASSERT_TRUE(files_.make_dir(at("b")));
  write(at("a"), "");
  write(at("B"), "");
  write(at("\xC3\xA9"), "");
  write(at(".hidden"), "");
  ground_->make_symlink("a", at("link"));
  const auto entries = files_.list(ground_->root());
  ASSERT_TRUE(entries);
  std::string seen;
  for (const DirEntry& entry : *entries)
    seen += fmt::format("{}:{} ", entry.name, static_cast<int>(entry.kind));
  EXPECT_EQ(seen, ".hidden:0 B:0 a:0 b:1 link:2 \xC3\xA9:0 ");
}

TEST_P(FileSystemConformance, LinksAreFollowedOnlyWhereSaid) {
  ASSERT_TRUE(files_.make_dir(at("d")));
  write(at("d/f"), "behind");
  ground_->make_symlink("d/f", at("file_link"));
  ground_->make_symlink(at("d"), at("dir_link"));
  ground_->make_symlink("../d/f", at("d/up"));
  EXPECT_EQ(read(at("file_link")), "behind");
  EXPECT_EQ(read(at("dir_link/f")), "behind");
  EXPECT_EQ(read(at("dir_link/up")), "behind");
  EXPECT_EQ(files_.stat(at("file_link"))->kind, FileKind::kFile);
  EXPECT_EQ(files_.stat(at("file_link"))->inode, files_.stat(at("d/f"))->inode);
  EXPECT_EQ(files_.link_stat(at("file_link"))->kind, FileKind::kSymlink);
  EXPECT_EQ(files_.real_path(at("dir_link/../dir_link/up")), at("d/f"));
  ASSERT_TRUE(files_.remove(at("file_link")));
  ASSERT_TRUE(files_.remove(at("dir_link")));
  EXPECT_EQ(read(at("d/f")), "behind");
}

TEST_P(FileSystemConformance, LinksThatGoRoundOrNowhereAreErrors) {
  ground_->make_symlink("b", at("a"));
  ground_->make_symlink("a", at("b"));
  ground_->make_symlink("nowhere", at("dangling"));
  EXPECT_EQ(code_of(files_.open_read(at("a"))), ErrorCode::kIo);
  EXPECT_EQ(code_of(files_.stat(at("dangling"))), ErrorCode::kNotFound);
  EXPECT_EQ(exists(files_, at("dangling")), true);
}

TEST_P(FileSystemConformance, StatTellsSizeAndChangesWithWrites) {
  write(at("a"), "12345");
  const auto file = files_.open_read(at("a"));
  ASSERT_TRUE(file);
  const auto before = files_.stat(at("a"));
  EXPECT_EQ((*file)->stat(), *before);
  EXPECT_EQ(before->size_bytes, 5u);
  EXPECT_EQ(before->mode & 0700u, 0600u);
  write(at("b"), "");
  EXPECT_NE(files_.stat(at("b"))->inode, before->inode);
  EXPECT_EQ(files_.stat(at("b"))->device, before->device);
}

TEST_P(FileSystemConformance, ALockIsHeldByOneUntilItGoes) {
  auto first = files_.lock(at("lock"));
  ASSERT_TRUE(first);
  const auto second = files_.lock(at("lock"));
  ASSERT_EQ(code_of(second), ErrorCode::kBusy);
  EXPECT_EQ(second.error().message, at("lock") + ": locked by another process");
  const auto file = files_.open_write(at("lock"));  // the holder's name goes into it
  ASSERT_TRUE(file && (*file)->write_at(0, as_bytes("host 17")));
  EXPECT_EQ(read(at("lock")), "host 17");
  first->reset();
  EXPECT_TRUE(files_.lock(at("lock")));
}

TEST_P(FileSystemConformance, ALockFileThatWasRemovedLocksNobodyOut) {
  const auto first = files_.lock(at("lock"));
  ASSERT_TRUE(first && files_.remove(at("lock")));
  const auto second = files_.lock(at("lock"));
  EXPECT_TRUE(second);
  EXPECT_EQ(code_of(files_.lock(at("lock"))), ErrorCode::kBusy);
}

TEST_P(FileSystemConformance, ALinkIsNoLockFile) {
  write(at("precious"), "text");
  ground_->make_symlink("precious", at("lock"));
  EXPECT_EQ(code_of(files_.lock(at("lock"))), ErrorCode::kIo);
}

TEST_P(FileSystemConformance, FreeSpaceIsKnown) { EXPECT_GT(*files_.free_space(ground_->root()), 0u); }

TEST_P(FileSystemConformance, MakeDirsMakesWhatIsMissing) {
  ASSERT_TRUE(make_dirs(files_, at("x/y/z")));
  ASSERT_TRUE(make_dirs(files_, at("x/y/z")));
  EXPECT_EQ(files_.stat(at("x/y/z"))->kind, FileKind::kDirectory);
  write(at("file"), "");
  EXPECT_FALSE(make_dirs(files_, at("file/sub")));
  EXPECT_EQ(code_of(make_dirs(files_, at("file"))), ErrorCode::kAlreadyExists);
}

TEST_P(FileSystemConformance, RemoveTreeTakesLinksNotWhatTheyPointTo) {
  ASSERT_TRUE(make_dirs(files_, at("t/a/b")));
  ASSERT_TRUE(make_dirs(files_, at("outside")));
  write(at("t/a/b/f"), "");
  write(at("outside/kept"), "kept");
  ground_->make_symlink("../../outside", at("t/a/link"));
  ASSERT_TRUE(remove_tree(files_, at("t")));
  EXPECT_EQ(exists(files_, at("t")), false);
  EXPECT_EQ(read(at("outside/kept")), "kept");
  EXPECT_TRUE(remove_tree(files_, at("t")));
  EXPECT_TRUE(remove_tree(files_, at("outside/kept")));
}

TEST_P(FileSystemConformance, ReadFileStopsAtItsLimit) {
  write(at("a"), "hello");
  EXPECT_EQ(read_file(files_, at("a"), 5), "hello");
  EXPECT_EQ(code_of(read_file(files_, at("a"), 4)), ErrorCode::kRefused);
  write(at("empty"), "");
  EXPECT_EQ(read_file(files_, at("empty"), 0), "");
}

TEST_P(FileSystemConformance, ReplaceFileReplacesALinkAndKeepsWhatItPointedTo) {
  write(at("blob"), "precious");
  ground_->make_symlink("blob", at("config.json"));
  ASSERT_TRUE(make_dirs(files_, at("state")));
  ASSERT_TRUE(
      replace_file(files_, at("config.json"), as_bytes("new"), {.staging = at("state"), .mode = 0640}));
  EXPECT_EQ(read(at("config.json")), "new");
  EXPECT_EQ(files_.link_stat(at("config.json"))->kind, FileKind::kFile);
  EXPECT_EQ(files_.link_stat(at("config.json"))->mode, 0640u);
  EXPECT_EQ(read(at("blob")), "precious");
  EXPECT_TRUE(files_.list(at("state"))->empty());
}

TEST_P(FileSystemConformance, ReplaceFileClearsAwayWhatAnEarlierRunLeft) {
  write(at("a.partial"), "left by a crash, longer than the new text");
  ASSERT_TRUE(replace_file(files_, at("a"), as_bytes("new")));
  EXPECT_EQ(read(at("a")), "new");
  EXPECT_EQ(exists(files_, at("a.partial")), false);
}

}  // namespace
}  // namespace slipway::os
