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

TEST(Progress, TellsTheFirstAndTheLastOfEachStageAndTenEventsASecondBetween) {
  os::TestWorld parts;
  os::StringTerminal terminal;
  {
    Progress progress(terminal, parts.world().clock, false, true);
    progress.phase("Reading", 1000);
    for (int i = 0; i < 1000; ++i) progress.advance(1);  // the clock stands still
    progress.phase("Committing 1 of 2", 0);
    progress.event("created me/tiny");
  }
  EXPECT_EQ(terminal.out(),
            "{\"type\":\"event\",\"event\":\"progress\",\"stage\":\"reading\",\"done\":0,\"total\":1000}\n"
            "{\"type\":\"event\",\"event\":\"progress\",\"stage\":\"reading\",\"done\":1000,\"total\":1000}\n"
            "{\"type\":\"event\",\"event\":\"progress\",\"stage\":\"committing\",\"done\":0,\"total\":0}\n"
            "{\"type\":\"event\",\"event\":\"note\",\"message\":\"created me/tiny\"}\n");
  EXPECT_EQ(terminal.err(), "");
}

TEST(ProgressLine, SaysShareRateAndTimeLeft) {
  EXPECT_EQ(progress_line("Uploading", 25'000'000, 100'000'000, 5),
            "Uploading  25.0 MB of 100.0 MB  25 %  5.0 MB/s  15.0 s left");
  EXPECT_EQ(progress_line("Confirming", 0, 0, 5), "Confirming");
}

}  // namespace
}  // namespace slipway::cli
