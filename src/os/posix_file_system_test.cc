// What only the machine's disk can show; the rest is in file_system_conformance_test.cc.
#include "os/posix_file_system.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstring>
#include <filesystem>

#include "os/path.h"
#include "support/temporary_folder.h"

namespace slipway::os {
namespace {

class PosixFileSystemTest : public ::testing::Test {
 protected:
  Path at(std::string_view name) const { return join(root_, name); }

  PosixFileSystem files_;
  slipway::testing::TemporaryFolder folder_;
  Path root_ = folder_.path();
};

TEST_F(PosixFileSystemTest, AFifoIsRefusedInsteadOfWaitedFor) {
  ASSERT_EQ(::mkfifo(at("fifo").c_str(), 0600), 0);
  const auto reader = files_.open_read(at("fifo"));
  ASSERT_FALSE(reader);
  EXPECT_EQ(reader.error().message, at("fifo") + ": not a regular file");
  EXPECT_FALSE(files_.open_write(at("fifo")));
  EXPECT_FALSE(files_.open_read("/dev/zero"));
  EXPECT_EQ(files_.list(root_)->front().kind, FileKind::kOther);
}

TEST_F(PosixFileSystemTest, APipeThatWasHandedOverIsWaitedForAndReadOnce) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  const Path path = "/dev/fd/" + std::to_string(ends[0]);
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    ::usleep(50'000);
    for (const char* piece : {"hf_", "word\n"}) {
      if (::write(ends[1], piece, std::strlen(piece)) < 0) ::_exit(1);
      ::usleep(20'000);
    }
    ::_exit(0);
  }
  ::close(ends[1]);
  const auto text = read_file(files_, path, 100);
  ASSERT_TRUE(text) << text.error().message;
  EXPECT_EQ(*text, "hf_word\n");
  const auto reader = files_.open_read(path);
  ASSERT_TRUE(reader);
  std::byte one{};
  EXPECT_EQ((*reader)->read_at(7, MutableBytes(&one, 1)).error().message,
            path + ": a pipe can be read only once");
  EXPECT_EQ((*reader)->stat()->kind, FileKind::kOther);
  ::close(ends[0]);
  ::waitpid(child, nullptr, 0);
}

TEST_F(PosixFileSystemTest, TheUmaskDecidesUnlessAModeIsGiven) {
  const mode_t before = ::umask(027);
  const bool made =
      files_.create_new(at("a")) && files_.create_new(at("b"), 0666) && files_.make_dir(at("d"));
  ::umask(before);
  ASSERT_TRUE(made);
  EXPECT_EQ(files_.stat(at("a"))->mode, 0640u);
  EXPECT_EQ(files_.stat(at("b"))->mode, 0666u);
  EXPECT_EQ(files_.stat(at("d"))->mode, 0750u);
}

TEST_F(PosixFileSystemTest, ReadsFilesThatHaveNoSize) {
  const auto text = read_file(files_, "/proc/self/status", 1 << 20);
  ASSERT_TRUE(text);
  EXPECT_TRUE(text->starts_with("Name:"));
}

// Goal: a run that was killed leaves no lock behind. Method: a child locks, says so, and is killed.
TEST_F(PosixFileSystemTest, TheDeathOfTheHolderReleasesALock) {
  int ready[2];
  ASSERT_EQ(::pipe(ready), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    const auto held = files_.lock(at("lock"));
    const char answer = held ? 'y' : 'n';
    if (::write(ready[1], &answer, 1) != 1) ::_exit(1);
    for (;;) ::pause();
  }
  char answer = 0;
  ASSERT_EQ(::read(ready[0], &answer, 1), 1);
  const auto while_alive = files_.lock(at("lock"));
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  ::close(ready[0]);
  ::close(ready[1]);
  EXPECT_EQ(answer, 'y');
  ASSERT_FALSE(while_alive);
  EXPECT_EQ(while_alive.error().code, ErrorCode::kBusy);
  EXPECT_TRUE(files_.lock(at("lock")));
}

TEST_F(PosixFileSystemTest, OpenFilesDoNotPassToChildPrograms) {
  const auto file = files_.create_new(at("a"));
  const auto lock = files_.lock(at("lock"));
  ASSERT_TRUE(file && lock);
  int found = 0;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    std::error_code gone;
    if (!std::filesystem::read_symlink(entry.path(), gone).string().starts_with(root_)) continue;
    ++found;
    EXPECT_NE(::fcntl(std::stoi(entry.path().filename()), F_GETFD) & FD_CLOEXEC, 0);
  }
  EXPECT_EQ(found, 2);
}

}  // namespace
}  // namespace slipway::os
