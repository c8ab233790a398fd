#include <gtest/gtest.h>

#include <array>

#include "os/process.h"

namespace slipway::os {
namespace {

TEST(Launcher, BeganBeforeThisProcessAndNotBeforeTheMachine) {
  SystemClock clock;
  const std::array<std::string_view, 1> none{"SLIPWAY_TEST_NOBODY_SETS_THIS"};
  const std::int64_t began = launcher_start_unix_ms(none);
  EXPECT_GT(began, 0);
  EXPECT_LE(began, clock.unix_ms());
}

TEST(Launcher, IsNoAncestorThatHasTheVariable) {
  const std::array<std::string_view, 1> everybody{"PATH"};
  const std::array<std::string_view, 1> none{"SLIPWAY_TEST_NOBODY_SETS_THIS"};
  EXPECT_LE(launcher_start_unix_ms(everybody), launcher_start_unix_ms(none));
}

}  // namespace
}  // namespace slipway::os
