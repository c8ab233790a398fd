#include "flow/ranks.h"

#include <gtest/gtest.h>

#include <map>

#include "os/path.h"
#include "os/test_world.h"

namespace slipway::flow {
namespace {

struct Ranks : ::testing::Test {
  Ranks() { EXPECT_TRUE(os::make_dirs(outside.disk, "/run").has_value()); }

  os::World world() {
    os::World world = outside.world();
    world.launched_unix_ms = launched_ms;
    return world;
  }
  Rank rank(int number) const { return {.number = number, .variable = "RANK", .launch = "launch"}; }
  Result<void> work(Result<void> result) {
    os::World w = world();
    return work_as_rank_zero(w, "/run", rank(0), [&] { return result; });
  }
  Result<void> wait(os::Millis timeout = kRankTimeout) {
    os::World w = world();
    return wait_for_rank_zero(w, "/run", rank(3), timeout);
  }

  os::TestWorld outside{};
  std::int64_t launched_ms = 0;
};

TEST_F(Ranks, GiveBackWhatRankZeroLeft) {
  EXPECT_TRUE(work({}).has_value());
  EXPECT_TRUE(wait().has_value());
  EXPECT_FALSE(work(fail(ErrorCode::kUnauthorized, "no token")).has_value());
  const auto waited = wait();
  ASSERT_FALSE(waited.has_value());
  EXPECT_EQ(waited.error().code, ErrorCode::kUnauthorized);
  EXPECT_EQ(waited.error().message, "rank 0 failed: no token");
}

TEST_F(Ranks, GiveUpWhereRankZeroDoesNotBegin) {
  const auto waited = wait(os::Millis(30'000));
  ASSERT_FALSE(waited.has_value());
  EXPECT_EQ(waited.error().code, ErrorCode::kUnavailable);
  EXPECT_NE(waited.error().message.find("RANK says that this is rank 3"), std::string::npos);
  EXPECT_GE(outside.clock.steady(), os::Millis(30'000));
}

TEST_F(Ranks, DoNotTakeTheResultOfALaunchBeforeTheirs) {
  EXPECT_TRUE(work({}).has_value());
  launched_ms = outside.clock.unix_ms() + 1'000;
  EXPECT_FALSE(wait(os::Millis(20'000)).has_value());
}

TEST_F(Ranks, WaitAWhileForAnotherResultWhereOneEndedBeforeTheyBegan) {
  EXPECT_TRUE(work({}).has_value());
  outside.executor.sleep(os::Millis(1'000));
  const os::Millis before = outside.clock.steady();
  EXPECT_TRUE(wait().has_value());
  EXPECT_GE(outside.clock.steady() - before, kRankGrace);
}

TEST_F(Ranks, SeeThatRankZeroDiedWithoutAResult) {
  auto lock = outside.disk.lock("/run/.cache/huggingface/slipway/ranks/launch.lock");
  EXPECT_FALSE(lock.has_value());  // there is no such folder yet
  EXPECT_TRUE(os::make_dirs(outside.disk, "/run/.cache/huggingface/slipway/ranks").has_value());
  lock = outside.disk.lock("/run/.cache/huggingface/slipway/ranks/launch.lock");
  ASSERT_TRUE(lock.has_value());
  struct Dying : os::VirtualExecutor {
    using VirtualExecutor::VirtualExecutor;
    void sleep(os::Millis duration) override {
      VirtualExecutor::sleep(duration);
      if (++sleeps == 5) held->reset();
    }
    int sleeps = 0;
    std::unique_ptr<os::FileLock>* held = nullptr;
  };
  Dying executor(outside.clock);
  executor.held = &*lock;
  os::World w{.files = outside.disk,
              .http = outside.transport,
              .executor = executor,
              .clock = outside.clock,
              .dice = outside.dice,
              .environment = outside.environment};
  const auto waited = wait_for_rank_zero(w, "/run", rank(1), kRankTimeout);
  ASSERT_FALSE(waited.has_value());
  EXPECT_EQ(waited.error().code, ErrorCode::kUnavailable);
  EXPECT_LT(outside.clock.steady(), os::Millis(60'000));
}

TEST_F(Ranks, OfAFolderThatIsNotThereAreTheWorksBusiness) {
  os::World w = world();
  const auto done =
      work_as_rank_zero(w, "/absent", rank(0), [] { return fail(ErrorCode::kNotFound, "no run"); });
  ASSERT_FALSE(done.has_value());
  EXPECT_EQ(done.error().code, ErrorCode::kNotFound);
}

TEST_F(Ranks, AreReadFromWhatTheLaunchersSet) {
  const auto number = [](const std::map<std::string, std::string>& variables) {
    os::FixedEnvironment environment;
    environment.values.insert(variables.begin(), variables.end());
    const auto rank = find_rank(environment);
    return !rank ? -2 : !*rank ? -1 : (*rank)->number;
  };
  EXPECT_EQ(number({}), -1);
  EXPECT_EQ(number({{"RANK", "0"}}), 0);
  EXPECT_EQ(number({{"SLURM_PROCID", "7"}, {"SLURM_JOB_ID", "1"}}), 7);
  EXPECT_EQ(number({{"OMPI_COMM_WORLD_RANK", "2"}}), 2);
  EXPECT_EQ(number({{"PMI_RANK", "3"}}), 3);
  EXPECT_EQ(number({{"PMIX_RANK", "4"}}), 4);
  EXPECT_EQ(number({{"RANK", "5"}, {"SLURM_PROCID", "1"}}), 5);
  EXPECT_EQ(number({{"RANK", "two"}}), -2);
  EXPECT_EQ(number({{"RANK", "-1"}}), -2);
}

TEST_F(Ranks, OfTwoLaunchesDoNotMeet) {
  os::FixedEnvironment one;
  one.values = {{"RANK", "1"}, {"TORCHELASTIC_RUN_ID", "a"}};
  os::FixedEnvironment other = one;
  other.values["TORCHELASTIC_RUN_ID"] = "b";
  EXPECT_NE((*find_rank(one))->launch, (*find_rank(other))->launch);
}

}  // namespace
}  // namespace slipway::flow
