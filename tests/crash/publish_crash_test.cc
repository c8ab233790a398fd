// Goal: no failed file-system call and no power cut, at any step of a whole publish, loses anything.
// Method: fail call 0, then 1, then 2 ... of publishing a shipped run until a run meets no failure; after
// each, cut the power; the run must load, a rerun must give the same release, undo must give the run back.
#include <gtest/gtest.h>

#include "flow/undo.h"
#include "os/faulty_file_system.h"
#include "run/run.h"
#include "support/hub_ground.h"

namespace slipway::flow {
namespace {

using testing::HubGround;
using testing::Publisher;
using testing::run_tree;
using Mode = os::FaultyFileSystem::Mode;

// A sanitizer makes each run ten times as long and looks at memory alone: it gets every third call, other
// ones in each case.
#ifdef __SANITIZE_ADDRESS__
constexpr std::uint64_t kStride = 3;
#else
constexpr std::uint64_t kStride = 1;
#endif

void expect_loadable(os::MemFileSystem& disk, const std::string& run) {
  const auto facts = run::inspect(disk, run);
  ASSERT_TRUE(facts) << describe(facts.error());
  EXPECT_TRUE(facts->problems.empty()) << facts->problems.front().message;
  EXPECT_TRUE(facts->weights.has_value());
}

struct Case {
  std::string run;
  Mode mode;
  bool seeded;  // the power cut keeps some unsynced things, by seed
};

class PublishCrash : public ::testing::TestWithParam<Case> {
 protected:
  PublishOptions options(const std::string& revision) const {
    return {.run = "/runs/" + GetParam().run,
            .push = true,
            .to = "me/" + GetParam().run,
            .revision = revision,
            .jobs = 1};
  }
  std::uint64_t first_call() const {
    const std::uint64_t of_case =
        (GetParam().mode == Mode::kTransient ? 1u : 0u) + (GetParam().seeded ? 2u : 0u);
    return of_case % kStride;
  }
};

TEST_P(PublishCrash, LosesNothingWhicheverCallFails) {
  HubGround hub;
  Publisher whole(&hub.transport());
  whole.push_base("tiny-llama");
  whole.push_base("tiny-qwen");
  const std::string run = "/runs/" + GetParam().run;
  const os::MemTree before = run_tree(whole.disk(), run);
  ASSERT_TRUE(whole.publish(options("main")));
  const os::MemTree after = run_tree(whole.disk(), run);
  const auto release = testing::remote_tree(hub.transport(), "me/" + GetParam().run);

  std::uint64_t fail_at = first_call();
  std::uint64_t failed_runs = 0;
  for (;; fail_at += kStride) {
    Publisher publisher(&hub.transport());
    os::MemFileSystem& disk = publisher.disk();
    os::FaultyFileSystem faulty(disk, fail_at, GetParam().mode);
    const std::string revision = "try-" + std::to_string(fail_at);
    const auto first = publisher.publish_on(faulty, options(revision));
    if (!faulty.fired()) break;
    if (!first) ++failed_runs;
    GetParam().seeded ? disk.crash(fail_at) : disk.crash();
    SCOPED_TRACE(::testing::Message() << "failing call " << fail_at << ": " << faulty.failed_call());
    expect_loadable(disk, run);
    const auto again = publisher.publish(options(revision));
    ASSERT_TRUE(again) << describe(again.error());
    EXPECT_EQ(run_tree(disk, run), after);
    EXPECT_EQ(testing::remote_tree(hub.transport(), "me/" + GetParam().run, revision), release);
    os::World world = publisher.parts().world();
    const auto undone = undo(world, run);
    ASSERT_TRUE(undone) << describe(undone.error());
    EXPECT_TRUE(undone->left.empty());
    EXPECT_EQ(run_tree(disk, run), before);
    if (HasFailure()) break;
  }
  RecordProperty("failed_calls", static_cast<int>(fail_at));
  std::printf("%s: call after call to %llu failed, %llu publishes failed by it\n", GetParam().run.c_str(),
              static_cast<unsigned long long>(fail_at), static_cast<unsigned long long>(failed_runs));
  EXPECT_GT(fail_at, 50u);
  EXPECT_GT(failed_runs, 20u);
}

INSTANTIATE_TEST_SUITE_P(Runs, PublishCrash,
                         ::testing::Values(Case{"chatml-full", Mode::kTransient, false},
                                           Case{"chatml-full", Mode::kPersistent, false},
                                           Case{"chatml-full", Mode::kPersistent, true},
                                           Case{"lora", Mode::kTransient, true},
                                           Case{"lora", Mode::kPersistent, false}),
                         [](const auto& row) {
                           std::string name = row.param.run == "lora" ? "lora" : "chatml";
                           name += row.param.mode == Mode::kTransient ? "Transient" : "Persistent";
                           return name + (row.param.seeded ? "Seeded" : "");
                         });

TEST(UndoCrash, GivesTheRunBackWhicheverCallFails) {
  for (std::uint64_t fail_at = 0;; fail_at += kStride) {
    Publisher publisher(nullptr);
    const os::MemTree before = run_tree(publisher.disk(), "/runs/lora");
    ASSERT_TRUE(
        publisher.publish({.run = "/runs/lora", .push = false, .base = "/bases/tiny-qwen", .jobs = 1}));
    os::FaultyFileSystem faulty(publisher.disk(), fail_at, Mode::kPersistent);
    os::World broken = publisher.parts().world_on(faulty);
    (void)undo(broken, "/runs/lora").has_value();
    if (!faulty.fired()) break;
    publisher.disk().crash();
    os::World world = publisher.parts().world();
    SCOPED_TRACE(::testing::Message() << "failing call " << fail_at << ": " << faulty.failed_call());
    const auto undone = undo(world, "/runs/lora");
    ASSERT_TRUE(undone) << describe(undone.error());
    ASSERT_EQ(run_tree(publisher.disk(), "/runs/lora"), before);
  }
}

}  // namespace
}  // namespace slipway::flow
