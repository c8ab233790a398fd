// The `repo` commands, from the command line to the embedded Hub and back.
#include <gtest/gtest.h>

#include "cli/app.h"
#include "support/hub_ground.h"

namespace slipway::cli {
namespace {

class RepoCommands : public ::testing::Test {
 protected:
  int say(std::vector<std::string> words) {
    os::World world = parts_.world();
    os::StringTerminal terminal;
    const int code = run(world, terminal, words);
    out_ = terminal.out();
    return code;
  }

  testing::HubGround hub_;
  os::TestWorld parts_{&hub_.transport()};
  std::string out_;
};

TEST_F(RepoCommands, ListWhatIsThereWithItsVisibility) {
  ASSERT_EQ(say({"repo", "create", "me/one", "--public"}), 0);
  ASSERT_EQ(say({"repo", "create", "me/two"}), 0);
  ASSERT_EQ(say({"repo", "create", "you/three"}), 0);
  ASSERT_EQ(say({"repo", "list", "me"}), 0);
  EXPECT_EQ(out_, "me/one  public\nme/two  private\n");
}

TEST_F(RepoCommands, CreatingTwiceChangesNothing) {
  ASSERT_EQ(say({"repo", "create", "me/one", "--public"}), 0);
  EXPECT_EQ(say({"repo", "create", "me/one"}), 0);
  EXPECT_EQ(say({"repo", "create", "me/one", "--public"}), 0);
  EXPECT_EQ(say({"repo", "create", "me/one", "--private"}), 1) << "its visibility is not what was asked for";
  ASSERT_EQ(say({"repo", "list", "me"}), 0);
  EXPECT_EQ(out_, "me/one  public\n");
}

TEST_F(RepoCommands, OpenMoveAndDelete) {
  ASSERT_EQ(say({"repo", "create", "me/one"}), 0);
  ASSERT_EQ(say({"repo", "settings", "me/one", "--public"}), 0);
  ASSERT_EQ(say({"repo", "move", "me/one", "you/uno"}), 0);
  ASSERT_EQ(say({"repo", "list", "you"}), 0);
  EXPECT_EQ(out_, "you/uno  public\n");
  EXPECT_EQ(say({"repo", "delete", "you/uno"}), 2);  // nobody can be asked here
  EXPECT_EQ(say({"repo", "delete", "you/uno", "--yes"}), 0);
  EXPECT_EQ(say({"repo", "delete", "you/uno", "--yes"}), 10);
}

TEST_F(RepoCommands, ATagIsMadeOnceAndABareNameIsOnesOwn) {
  ASSERT_EQ(say({"repo", "create", "one"}), 0);
  EXPECT_EQ(say({"repo", "tag", "one", "v1"}), 0);
  EXPECT_EQ(out_, "main of local/one is tagged v1\n");
  EXPECT_EQ(say({"repo", "tag", "local/one", "v1"}), 0);
  EXPECT_EQ(out_, "local/one has a tag v1 already; it stays where it is\n");
  EXPECT_EQ(say({"repo", "tag", "local/one", "v2", "--revision", "absent"}), 10);
}

TEST_F(RepoCommands, AGateIsSetAndTakenAwayWithoutTouchingTheVisibility) {
  ASSERT_EQ(say({"repo", "create", "me/one", "--public"}), 0);
  EXPECT_EQ(say({"repo", "settings", "me/one", "--gated", "manual"}), 0);
  EXPECT_EQ(out_, "me/one is gated: manual\n");
  EXPECT_EQ(say({"repo", "settings", "me/one", "--gated", "maybe"}), 2);
  EXPECT_EQ(say({"repo", "settings", "me/one"}), 2);
  EXPECT_EQ(say({"repo", "settings", "me/one", "--gated", "no", "--private"}), 0);
  EXPECT_EQ(out_, "me/one is private, gated: no\n");
}

TEST_F(RepoCommands, MovingOntoATakenNameIsRefused) {
  ASSERT_EQ(say({"repo", "create", "me/one"}), 0);
  ASSERT_EQ(say({"repo", "create", "me/two"}), 0);
  EXPECT_NE(say({"repo", "move", "me/one", "me/two"}), 0);
}

}  // namespace
}  // namespace slipway::cli
