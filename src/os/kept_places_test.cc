// Who gives way, on made-up clocks: what the listener does with it is in http_listener_test.cc.
#include "os/kept_places.h"

#include <gtest/gtest.h>

#include <vector>

namespace slipway::os {
namespace {

using Places = std::vector<KeptPlace>;

KeptPlace idle(int since, bool ending = false) {
  return {.idle_since = std::chrono::steady_clock::time_point(std::chrono::seconds(since)), .ending = ending};
}
KeptPlace at_work(bool ending = false) { return {.idle_since = std::nullopt, .ending = ending}; }

TEST(KeptPlaces, TheOneThatIsIdleLongestGivesWay) {
  EXPECT_EQ(gives_way(Places{idle(5), idle(3), idle(4)}), 1u);
  EXPECT_EQ(gives_way(Places{at_work(), idle(5)}), 1u);
}

TEST(KeptPlaces, NobodyGivesWayWhereAllAreAtWork) {
  EXPECT_EQ(gives_way(Places{}), std::nullopt);
  EXPECT_EQ(gives_way(Places{at_work(), at_work()}), std::nullopt);
}

TEST(KeptPlaces, OneAtATimeInWhateverOrderTheyStand) {
  for (const int other : {1, 9}) {
    EXPECT_EQ(gives_way(Places{idle(5, true), idle(other)}), std::nullopt);
    EXPECT_EQ(gives_way(Places{idle(other), idle(5, true)}), std::nullopt);
  }
}

TEST(KeptPlaces, OneToldToGoThatWentToWorkAgainHoldsNobodyUp) {
  EXPECT_EQ(gives_way(Places{at_work(true), idle(5)}), 1u);
}

}  // namespace
}  // namespace slipway::os
