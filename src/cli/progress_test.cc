#include "cli/progress.h"

#include <gtest/gtest.h>

#include "os/test_world.h"

namespace slipway::cli {
namespace {

class TerminalDouble : public os::StringTerminal {
 public:
  bool err_is_terminal() const override { return true; }
};

TEST(Progress, TakesItsLineAwayBeforeOtherWordsAreWritten) {
  os::TestWorld parts;
  TerminalDouble terminal;
  Progress progress(terminal, parts.world().clock, true);
  progress.phase("Uploading", 100);
  EXPECT_NE(terminal.err().find("Uploading"), std::string::npos);
  progress.finish();
  EXPECT_TRUE(terminal.err().ends_with("\r\x1b[K"));
}

TEST(ProgressLine, SaysShareRateAndTimeLeft) {
  EXPECT_EQ(progress_line("Uploading", 25'000'000, 100'000'000, 5),
            "Uploading  25.0 MB of 100.0 MB  25 %  5.0 MB/s  15.0 s left");
  EXPECT_EQ(progress_line("Confirming", 0, 0, 5), "Confirming");
}

}  // namespace
}  // namespace slipway::cli
